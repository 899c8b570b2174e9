#include "cuda/runtime/emulated/setting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

namespace cadena::cuda::emulated {
namespace {

constexpr const char* kName = "CADENA_SETTING_OF_A_TEST";

double of(const char* text) {
  setenv(kName, text, 1);
  return setting(kName, 4, 0.5, 1000);
}

TEST(Setting, IsTheNumberInTheEnvironmentOrTheUsualOne) {
  unsetenv(kName);
  EXPECT_EQ(setting(kName, 4, 0.5, 1000), 4);
  EXPECT_EQ(of("0.5"), 0.5);
  EXPECT_EQ(of("1e3"), 1000);
}

TEST(Setting, RefusesWhatIsNoNumberOrNotAllowed) {
  for (const char* text : {"", "abc", "3 GiB", "-1", "0.4", "1001", "nan", "inf"}) {
    std::string message = kName;
    message.append(" is '").append(text).append("', expected a number from 0.5 to 1000");
    EXPECT_THAT([&] { of(text); }, testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr(message)));
  }
}

}  // namespace
}  // namespace cadena::cuda::emulated
