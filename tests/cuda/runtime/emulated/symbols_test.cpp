#include "cuda/runtime/emulated/symbols.h"

#include <gtest/gtest.h>

namespace lab_of_a_test {
namespace {
void hidden(float* y) { *y = 1; }
}  // namespace

void plain(float* y) { *y = 2; }
template <int n>
void drawn(float* y) {
  *y = n;
}
struct Group {
  static void member(float* y) { *y = 3; }
};
using Kernel = void (*)(float*);
Kernel lambda() {
  return [](float* y) { *y = 4; };
}
}  // namespace lab_of_a_test

namespace lab_of_a_test_2 {
void plain(float* y) { *y = 5; }
}  // namespace lab_of_a_test_2

namespace cadena::cuda::emulated {
namespace {

namespace lab_of_a_test {
void inner(float* y) { *y = 6; }
}  // namespace lab_of_a_test

const char* at(void (*function)(float*)) { return reinterpret_cast<const char*>(function); }

TEST(Symbols, AFunctionOfANamespaceBeginsAtItsAddressAlone) {
  using namespace ::lab_of_a_test;
  for (Kernel kernel : {plain, hidden, drawn<7>, &Group::member, lambda()}) {
    EXPECT_TRUE(begins_function_of(at(kernel), "lab_of_a_test")) << function_name(at(kernel));
    EXPECT_FALSE(begins_function_of(at(kernel) + 1, "lab_of_a_test")) << function_name(at(kernel));
    EXPECT_FALSE(begins_function_of(at(kernel), "lab_of_a")) << function_name(at(kernel));
  }
}

TEST(Symbols, OtherFunctionsAndVariablesBelongToNoSuchNamespace) {
  static const int variable = 0;
  for (const void* address :
       {static_cast<const void*>(at(::lab_of_a_test_2::plain)), static_cast<const void*>(at(lab_of_a_test::inner)),
        reinterpret_cast<const void*>(&function_name), static_cast<const void*>(&variable),
        static_cast<const void*>(nullptr)}) {
    EXPECT_FALSE(begins_function_of(address, "lab_of_a_test")) << function_name(address);
  }
}

}  // namespace
}  // namespace cadena::cuda::emulated
