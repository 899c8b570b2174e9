#pragma once

#include <string>

#include "datasets/dataset.h"

namespace cadena {

namespace detail {

/// Has `data_file` look in this folder as well. Returns true.
bool look_for_data_in(const char* folder);
#ifdef CADENA_PACKAGE_DATA  // of the installed package, wherever it lies: cmake/cadenaConfig.cmake.in
inline const bool looks_in_package = look_for_data_in(CADENA_PACKAGE_DATA);
#endif

}  // namespace detail

/// The path of a file that ships with Cadena. Looked for in the folder that the environment variable CADENA_DATA names,
/// in the sources this library was built from, in the installed package that find_package found, and where the library
/// was configured to be installed. Throws IoError naming every place tried.
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
