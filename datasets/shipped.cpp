#include "datasets/shipped.h"

#include <cstdlib>
#include <filesystem>

#include "tensor/base/error.h"
#include "tensor/copy.h"
#include "tensor/io/csv.h"
#include "tensor/views.h"

namespace cadena {
namespace {

/// The columns but the last as x, the last as classes y. The first line, if it is a header, holds the numbers of rows
/// and features, then the names of the classes.
Dataset load(const std::string& name, bool header, i64 rows, i64 features, std::vector<std::string> class_names,
             std::vector<std::string> names) {
  const std::string path = data_file(name);
  const Csv csv = load_csv(path, {.free_header = header});
  if (csv.values.size(0) != rows) fail<IoError>(path, ": ", csv.values.size(0), " rows, expected ", rows);
  if (csv.values.size(1) != features + 1) {
    fail<IoError>(path, ": ", csv.values.size(1), " columns, expected ", features + 1);
  }
  if (header && csv.header.size() > 2) class_names.assign(csv.header.begin() + 2, csv.header.end());
  Dataset data;
  data.x = contiguous(slice(csv.values, 1, {0, features}));
  data.y = cast(select(csv.values, 1, features), Dtype::i64);
  for (i64 i = 0; i < data.size(); ++i) {
    const double label = csv.values.at({i, features});
    if (!(label >= 0 && label < static_cast<double>(class_names.size())) ||
        label != static_cast<double>(static_cast<i64>(label))) {
      fail<IoError>(path, ": row ", i + 1, ": class ", label, ", expected 0 ... ", class_names.size() - 1);
    }
  }
  data.names = std::move(names);
  data.class_names = std::move(class_names);
  return data;
}

/// Where the packages that this program was built with keep the data.
std::vector<std::string>& package_folders() {
  static std::vector<std::string> folders;
  return folders;
}

}  // namespace

bool detail::look_for_data_in(const char* folder) {
  package_folders().emplace_back(folder);
  return true;
}

std::string data_file(const std::string& name) {
  std::vector<std::string> folders;
  if (const char* named = std::getenv("CADENA_DATA")) folders.emplace_back(named);
  folders.emplace_back(CADENA_DATA_SOURCE);
  folders.insert(folders.end(), package_folders().begin(), package_folders().end());
  folders.emplace_back(CADENA_DATA_INSTALLED);
  std::string tried;
  for (const std::string& folder : folders) {
    std::string path = (std::filesystem::path(folder) / name).string();
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path;
    tried += (tried.empty() ? "" : ", ") + path;
  }
  fail<IoError>("data file ", name, " not found, tried ", tried,
                "; the environment variable CADENA_DATA names another folder");
}

Dataset load_iris() {
  return load("iris.csv", true, 150, 4, {},
              {"sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"});
}

Dataset load_wine() {
  return load(
      "wine.csv", true, 178, 13, {},
      {"alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols", "flavanoids",
       "nonflavanoid phenols", "proanthocyanins", "color intensity", "hue", "OD280/OD315 of diluted wines", "proline"});
}

Dataset load_breast_cancer() {
  std::vector<std::string> names;
  for (const char* kind : {"mean ", "error of ", "worst "}) {
    for (const char* feature : {"radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
                                "concave points", "symmetry", "fractal dimension"}) {
      names.push_back(std::string(kind) + feature);
    }
  }
  return load("breast_cancer.csv", true, 569, 30, {}, std::move(names));
}

Dataset load_digits() {
  Dataset data = load("digits.csv", false, 1797, 64, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, {});
  data.x = reshape(data.x, {data.size(), 1, 8, 8});
  return data;
}

}  // namespace cadena
