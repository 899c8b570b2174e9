#include "nn/pooling.h"

#include "autograd/pooling.h"
#include "tensor/base/error.h"

namespace cadena::nn {
namespace {

bool is_zero(i64 x) { return x == 0; }
bool is_zero(Pair p) { return p.h == 0 && p.w == 0; }

/// "MaxPool2d((3, 3), stride (2, 2))": the windows, and how they move where that was said.
template <class T>
std::string described(const char* layer, T kernel, T stride, T padding) {
  std::string text = concat(layer, "(", kernel);
  if (!is_zero(stride)) text += concat(", stride ", stride);
  if (!is_zero(padding)) text += concat(", padding ", padding);
  return text + ")";
}

}  // namespace

Variable MaxPool2d::forward(const Variable& x) { return max_pool2d(x, kernel_, options_)[0]; }
std::string MaxPool2d::description() const {
  return described("MaxPool2d", kernel_, options_.stride, options_.padding);
}

Variable AvgPool2d::forward(const Variable& x) { return avg_pool2d(x, kernel_, options_); }
std::string AvgPool2d::description() const {
  return described("AvgPool2d", kernel_, options_.stride, options_.padding);
}

Variable AdaptiveAvgPool2d::forward(const Variable& x) { return adaptive_avg_pool2d(x, out_); }
std::string AdaptiveAvgPool2d::description() const { return concat("AdaptiveAvgPool2d(", out_, ")"); }

Variable AdaptiveMaxPool2d::forward(const Variable& x) { return adaptive_max_pool2d(x, out_)[0]; }
std::string AdaptiveMaxPool2d::description() const { return concat("AdaptiveMaxPool2d(", out_, ")"); }

Variable MaxPool1d::forward(const Variable& x) { return max_pool1d(x, kernel_, stride_, padding_)[0]; }
std::string MaxPool1d::description() const { return described("MaxPool1d", kernel_, stride_, padding_); }

Variable AvgPool1d::forward(const Variable& x) { return avg_pool1d(x, kernel_, stride_, padding_); }
std::string AvgPool1d::description() const { return described("AvgPool1d", kernel_, stride_, padding_); }

Variable AdaptiveAvgPool1d::forward(const Variable& x) { return adaptive_avg_pool1d(x, out_); }
std::string AdaptiveAvgPool1d::description() const { return concat("AdaptiveAvgPool1d(", out_, ")"); }

}  // namespace cadena::nn
