#include "tensor/io/csv.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <locale>
#include <sstream>
#include <string_view>

#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/io/elements.h"
#include "tensor/io/room.h"

namespace cadena {
namespace {

/// Throws ValueError if `separator` ends lines, quotes, or is one of `others`.
void check_separator(const char* op, char separator, std::string_view others = "") {
  if (std::string_view("\"\r\n").find(separator) != std::string_view::npos) {
    fail<ValueError>(op, ": the separator may be neither a quote nor the end of a line");
  }
  if (others.find(separator) != std::string_view::npos) {
    fail<ValueError>(op, ": the separator may not be '", std::string(1, separator),
                     "', which numbers are written with");
  }
}

/// Splits the text of a CSV file into rows, keeping count of its lines.
class RowReader {
 public:
  RowReader(const std::string& path, std::string_view text, const CsvOptions& options)
      : path_(path), text_(text), separator_(options.separator) {
    check_separator("load_csv", separator_);
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // byte order mark
    if (options.header || options.free_header) next(header);
    if (options.header && !options.free_header) columns_ = header.size();
  }

  std::vector<std::string> header;

  /// The next row with something in it; false at the end of the file.
  bool next(std::vector<std::string>& fields) {
    for (; at_ < text_.size() && is_line_end(text_[at_]); ++at_) count_line();
    if (at_ == text_.size()) return false;
    row_line_ = line_;
    fields.clear();
    do fields.push_back(field());
    while (accept_separator());
    return true;
  }

  /// The same, with as many fields as all rows before.
  bool next_of_table(std::vector<std::string>& fields) {
    if (!next(fields)) return false;
    if (columns_ == 0) columns_ = fields.size();
    if (fields.size() != columns_) {
      fail_here(concat(fields.size(), fields.size() == 1 ? " field" : " fields", ", expected ", columns_));
    }
    return true;
  }

  std::size_t columns() const { return columns_; }

  [[noreturn]] void fail_here(const std::string& what) const { fail<IoError>(path_, ": line ", row_line_, ": ", what); }

 private:
  static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

  bool at_end_of_field() const { return at_ == text_.size() || text_[at_] == separator_ || is_line_end(text_[at_]); }

  /// Counts a line that ends here: at LF, or at a CR that no LF follows.
  void count_line() {
    const bool before_lf = at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    line_ += text_[at_] == '\n' || (text_[at_] == '\r' && !before_lf) ? 1 : 0;
  }

  std::string field() {
    std::string value;
    if (at_ == text_.size() || text_[at_] != '"') {
      const std::size_t begin = at_;
      while (!at_end_of_field()) ++at_;
      return std::string(text_.substr(begin, at_ - begin));
    }
    for (++at_;; ++at_) {
      if (at_ == text_.size()) fail_here("a quote is not closed");
      if (text_[at_] == '"') {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      }
      count_line();
      value += text_[at_];
    }
    ++at_;
    if (!at_end_of_field()) fail_here("text after a closing quote");
    return value;
  }

  bool accept_separator() {
    if (at_ == text_.size() || text_[at_] != separator_) return false;
    ++at_;
    return true;
  }

  const std::string& path_;
  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  i64 line_ = 1;
  i64 row_line_ = 1;
  std::size_t columns_ = 0;
};

/// The whole field as a number, blanks around it aside; false if it is none or too large. Underflow gives 0.
template <class T>
bool parse_number(std::string_view field, T& value) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!field.empty() && is_blank(field.front())) field.remove_prefix(1);
  while (!field.empty() && is_blank(field.back())) field.remove_suffix(1);
  if (field.size() > 1 && field[0] == '+' && field[1] != '-') field.remove_prefix(1);
  const auto end = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end.ptr != field.data() + field.size()) return false;
  if (std::is_floating_point_v<T> && end.ec == std::errc::result_out_of_range) {  // too large, or too close to 0
    std::istringstream stream{std::string(field)};
    stream.imbue(std::locale::classic());
    return static_cast<bool>(stream >> value);
  }
  return end.ec == std::errc();
}

/// x as a float, rounded to odd: rounded once more, to 16 bits, it is what one rounding of x gives.
float round_to_odd(double x) {
  const auto y = static_cast<float>(x);
  const bool exact = y == x || std::isnan(x);
  return exact || std::bit_cast<std::uint32_t>(y) % 2 == 1 ? y : std::nextafter(y, x > y ? HUGE_VALF : -HUGE_VALF);
}

/// What elements of T are collected as, without loss.
template <class T>
using Collected = std::conditional_t<std::is_same_v<T, i64>, i64, double>;

/// The field as an element of T; false if T holds no such number.
template <class T>
bool parse(std::string_view field, Collected<T>& value) {
  if constexpr (std::is_same_v<T, bool>) {
    i64 number = 0;
    const bool valid = parse_number(field, number) && (number == 0 || number == 1);
    value = static_cast<double>(number);
    return valid;
  } else if constexpr (std::is_same_v<T, float>) {
    float number = 0;
    const bool valid = parse_number(field, number);
    value = number;
    return valid;
  } else if constexpr (sizeof(T) == 2) {
    double number = 0;
    if (!parse_number(field, number)) return false;
    value = T(round_to_odd(number));
    return std::isfinite(value) || !std::isfinite(number);
  } else {
    return parse_number(field, value);
  }
}

/// The rows that are left as a matrix.
template <class T>
Tensor parse_rows(RowReader& reader, const CsvOptions& options) {
  std::vector<Collected<T>> values;
  std::vector<std::string> fields;
  i64 rows = 0;
  for (; reader.next_of_table(fields); ++rows) {
    for (std::size_t column = 0; column < fields.size(); ++column) {
      const std::string& field = fields[column];
      Collected<T> value = std::numeric_limits<Collected<T>>::quiet_NaN();
      const bool missing = options.missing_as_nan && field.find_first_not_of(" \t") == std::string::npos;
      if (!missing && !parse<T>(field, value)) {
        reader.fail_here(
            concat("column ", column + 1, ": '", printable(field), "' is no number that ", options.dtype, " can hold"));
      }
      values.push_back(value);
    }
  }
  const std::span<const Collected<T>> elements(values);
  const Shape shape{rows, static_cast<i64>(reader.columns())};
  if constexpr (std::is_same_v<T, i64>) return from_values(elements, shape);
  else return from_values(elements, shape, options.dtype);
}

template <class T>
std::string shortest(T value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string quoted(const std::string& field, char separator) {
  const std::string special = {separator, '"', '\n', '\r'};
  if (field.find_first_of(special) == std::string::npos && !field.empty()) return field;
  std::string text = "\"";
  for (char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

}  // namespace

Csv load_csv(const std::string& path, const CsvOptions& options) {
  if (options.missing_as_nan && !is_floating(options.dtype)) {
    fail_dtype("load_csv with missing_as_nan", options.dtype, "a floating one");
  }
  const std::string text = read_file(path);
  return with_room(path, text.size(), [&]() -> Csv {
    RowReader reader(path, text, options);
    Tensor values = by_dtype("load_csv", options.dtype, [&]<class T>() { return parse_rows<T>(reader, options); });
    return {reader.header, values};
  });
}

CsvText load_csv_text(const std::string& path, const CsvOptions& options) {
  const std::string text = read_file(path);
  return with_room(path, text.size(), [&] {
    RowReader reader(path, text, options);
    CsvText table{reader.header, {}};
    for (std::vector<std::string> fields; reader.next_of_table(fields);) table.rows.push_back(fields);
    return table;
  });
}

void save_csv(const std::string& path, const Tensor& x, const std::vector<std::string>& header, char separator) {
  check_separator("save_csv", separator, "0123456789+-.einfa");  // also those of inf, nan and 1e9
  const Tensor values = for_writing("save_csv", x);
  if (x.rank() < 1 || x.rank() > 2) fail<ShapeError>("save_csv: expected a vector or a matrix, got shape ", x.shape());
  const i64 columns = x.rank() == 1 ? 1 : x.size(1);
  if (!header.empty() && static_cast<i64>(header.size()) != columns) {
    fail<ShapeError>("save_csv: ", header.size(), " names for the columns of shape ", x.shape());
  }
  FileWriter file(path);
  std::string line;
  for (const std::string& name : header) {
    if (&name != &header.front()) line += separator;
    line += quoted(name, separator);
  }
  if (!header.empty()) file.write(line += '\n');
  by_dtype("save_csv", x.dtype(), [&]<class T>() {
    const T* data = values.data<T>();
    for (i64 row = 0; row < x.size(0); ++row) {
      line.clear();
      for (i64 column = 0; column < columns; ++column) {
        if (column > 0) line += separator;
        if constexpr (std::is_same_v<T, bool>) line += data[row * columns + column] ? '1' : '0';
        else line += shortest(static_cast<compute_t<T>>(data[row * columns + column]));
      }
      file.write(line += '\n');
    }
  });
  file.commit();
}

}  // namespace cadena
