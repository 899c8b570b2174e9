#include "nn/pooling.h"

#include "autograd/pooling.h"
#include "tensor/base/error.h"

namespace cadena::nn {

Variable MaxPool2d::forward(const Variable& x) { return max_pool2d(x, kernel_, options_)[0]; }
std::string MaxPool2d::description() const { return concat("MaxPool2d(", kernel_, ")"); }

Variable AvgPool2d::forward(const Variable& x) { return avg_pool2d(x, kernel_, options_); }
std::string AvgPool2d::description() const { return concat("AvgPool2d(", kernel_, ")"); }

Variable AdaptiveAvgPool2d::forward(const Variable& x) { return adaptive_avg_pool2d(x, out_); }
std::string AdaptiveAvgPool2d::description() const { return concat("AdaptiveAvgPool2d(", out_, ")"); }

}  // namespace cadena::nn
