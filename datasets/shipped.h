#pragma once

#include <string>

#include "datasets/dataset.h"

namespace cadena {

/// The path of a file that ships with Cadena. Looked for in the folder that the environment variable CADENA_DATA names,
/// in the sources this library was built from, and where it was installed. Throws IoError naming every place tried.
std::string data_file(const std::string& name);

/// R. A. Fisher's irises: x (150, 4) in cm, y the species 0, 1, 2. Throws IoError if the file is missing or damaged.
Dataset load_iris();

/// Wines of three cultivars: x (178, 13), y 0, 1, 2. Throws IoError.
Dataset load_wine();

/// Breast Cancer Wisconsin (Diagnostic): x (569, 30), y 0 = malignant, 1 = benign. Throws IoError.
Dataset load_breast_cancer();

/// Hand-written digits: x (1797, 1, 8, 8) with pixels from 0 to 16, y 0 ... 9. Throws IoError.
Dataset load_digits();

}  // namespace cadena
