#pragma once

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/tensor.h"

namespace cadena {

/// {"dtype": "f64", "shape": [2, 3], "data": [...]}; infinite values are the strings "inf" and "-inf", NaN is "nan".
inline nlohmann::json to_json(const Tensor& x) {
  nlohmann::json data = nlohmann::json::array();
  for (double v : x.to_vector()) {
    if (!is_floating(x.dtype())) data.push_back(static_cast<i64>(v));
    else if (std::isfinite(v)) data.push_back(v);
    else data.push_back(std::isnan(v) ? "nan" : v > 0 ? "inf" : "-inf");
  }
  return {{"dtype", to_string(x.dtype())},
          {"shape", std::vector<i64>(x.shape().begin(), x.shape().end())},
          {"data", std::move(data)}};
}

/// The tensor written by `to_json`, bit for bit. Throws ValueError for an unknown dtype.
inline Tensor tensor_from_json(const nlohmann::json& json) {
  std::vector<double> values;
  for (const nlohmann::json& v : json.at("data")) {
    if (v.is_number()) values.push_back(v.get<double>());
    else if (v == "inf") values.push_back(std::numeric_limits<double>::infinity());
    else if (v == "-inf") values.push_back(-std::numeric_limits<double>::infinity());
    else values.push_back(std::numeric_limits<double>::quiet_NaN());
  }
  const auto extents = json.at("shape").get<std::vector<i64>>();
  const auto name = json.at("dtype").get<std::string>();
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean}) {
    if (name == to_string(dtype)) {
      return from_values(std::span<const double>(values), Shape(extents.data(), extents.size()), dtype);
    }
  }
  fail<ValueError>("tensor_from_json: unknown dtype ", name);
}

}  // namespace cadena
