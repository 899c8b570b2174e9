#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cmath>
#include <cstdlib>

#include "tensor/factories.h"
#include "tensor/io/csv.h"
#include "tensor/io/npy.h"
#include "tensor/io/npz.h"
#include "tensor/io/safetensors.h"
#include "tensor/views.h"
#include "tests/support/files.h"

// What we write is read by the Python libraries themselves, where they are installed. CADENA_PYTHON names another
// interpreter than the first of these that has them; there they must be installed.
namespace cadena {
namespace {

constexpr int kNotInstalled = 77;

/// Exit status of tests/reference/read_io_files.py under the first interpreter that has the library.
int run_python(const std::string& library, const std::string& folder) {
  const auto run = [&](const std::string& interpreter) {
    const std::string command =
        "'" + interpreter + "' tests/reference/read_io_files.py " + library + " '" + folder + "'";
    return std::system(command.c_str());
  };
  if (const char* named = std::getenv("CADENA_PYTHON")) return run(named) == 0 ? 0 : 1;
  for (const char* interpreter : {"python3", "/usr/bin/python3"}) {
    const int status = run(interpreter);
    if (WIFEXITED(status) && WEXITSTATUS(status) != kNotInstalled && WEXITSTATUS(status) != 127) {
      return WEXITSTATUS(status);
    }
  }
  return kNotInstalled;
}

std::map<std::string, Tensor> numbers() {
  std::map<std::string, Tensor> tensors;
  for (Dtype dtype : {Dtype::f16, Dtype::f32, Dtype::f64, Dtype::i64, Dtype::boolean}) {
    tensors[to_string(dtype)] = tensor({{-2, -1, 0}, {1, 2, 3}}, dtype);
  }
  tensors["empty"] = zeros({0, 3});
  return tensors;
}

TEST(Python, NumPyReadsOurFiles) {
  test::TemporaryFolder folder;
  for (const auto& [name, x] : numbers()) save_npy(folder.file(name + ".npy"), x);
  const Tensor count = numbers()["f32"];
  save_npy(folder.file("transposed.npy"), transpose(count));
  save_npy(folder.file("scalar.npy"), tensor(1.5));
  save_npy(folder.file("special.npy"), tensor({std::nan(""), HUGE_VAL, -HUGE_VAL, M_PI}, Dtype::f64));
  save_csv(folder.file("table.csv"), tensor({{-2.0 / 3, -1.0 / 3, 0}, {1.0 / 3, 2.0 / 3, 1}}, Dtype::f64),
           {"a", "b", "c"});
  if (has_npz()) {
    const std::map<std::string, Tensor> archive{{"x", count}, {"größe", arange(1, 3)}};
    save_npz(folder.file("stored.npz"), archive);
    save_npz(folder.file("compressed.npz"), archive, true);
  }
  const int status = run_python("numpy", folder.path());
  if (status == kNotInstalled) GTEST_SKIP() << "no Python with NumPy";
  EXPECT_EQ(status, 0);
}

TEST(Python, SafetensorsReadsOurFiles) {
  test::TemporaryFolder folder;
  save_safetensors(folder.file("numbers.safetensors"), numbers(), {{"note", "quoted \"text\" and ünïcode"}});
  save_safetensors(folder.file("bf16.safetensors"), {{"x", ones({2, 3}, Dtype::bf16)}});
  const int status = run_python("safetensors", folder.path());
  if (status == kNotInstalled) GTEST_SKIP() << "no Python with NumPy and safetensors";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace cadena
