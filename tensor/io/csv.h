#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace cadena {

/// How a CSV file is to be read.
struct CsvOptions {
  char separator = ',';         ///< between fields
  bool header = false;          ///< the first line names the columns
  bool free_header = false;     ///< … or says something else in any number of fields
  bool missing_as_nan = false;  ///< an empty field is NaN, not an error (floating dtypes only)
  Dtype dtype = Dtype::f32;     ///< of the values
};

/// A table of numbers and the fields of its header, if there is one.
struct Csv {
  std::vector<std::string> header;  ///< names of the columns; empty without a header
  Tensor values;                    ///< (rows, columns)
};

/// A table of texts.
struct CsvText {
  std::vector<std::string> header;             ///< the fields of the first line, if it is one
  std::vector<std::vector<std::string>> rows;  ///< the fields of each row, as many in each
};

/// Reads comma-separated values (RFC 4180): fields may be quoted, `""` in quotes is a quote, lines end in LF, CR LF or
/// CR, empty lines are skipped. A number becomes the nearest of the dtype (of f16 and bf16 the nearest to the number in
/// f64); bool takes 0 and 1, floating dtypes also inf and nan. Throws IoError for a missing file, and naming the line
/// for a row with another number of fields, a quote that is not closed or a field that is no number of the dtype or
/// beyond its largest; ValueError for a quote or an end of line as the separator, DtypeError for `missing_as_nan` with
/// integers or bool, MemoryError where there is no room.
Csv load_csv(const std::string& path, const CsvOptions& options = {});
/// The same for texts: fields as they are written, without their quotes.
CsvText load_csv_text(const std::string& path, const CsvOptions& options = {});

/// Writes a matrix, or a vector as one column, with the digits that read back as the same values, under a header if
/// one is given; as `FileWriter` does. Throws ShapeError for higher ranks or a header of another length, ValueError for
/// a separator that cannot be told from what it separates, IoError.
void save_csv(const std::string& path, const Tensor& x, const std::vector<std::string>& header = {},
              char separator = ',');

}  // namespace cadena
