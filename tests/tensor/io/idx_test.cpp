#include "tensor/io/idx.h"

#include <gtest/gtest.h>

#include "tensor/factories.h"
#include "tensor/io/file.h"
#include "tensor/print.h"
#include "tests/support/files.h"

namespace cadena {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::HasSubstr;

class Idx : public testing::Test {
 protected:
  Tensor load(const std::string& bytes) {
    test::put_file(path_, bytes);
    return load_idx(path_);
  }
  void refuses(const std::string& bytes, const char* words) {
    EXPECT_THAT(message_of<IoError>([&] { load(bytes); }), HasSubstr(words));
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("x-idx");
};

// Bytes by hand after the description at http://yann.lecun.com/exdb/mnist/.
TEST_F(Idx, ReadsTheBytesOfMnist) {
  const std::string images("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03\x01\x02\xff\x04\x05\x06", 22);
  const Tensor x = load(images);
  EXPECT_EQ(x.dtype(), Dtype::i64);
  EXPECT_EQ(x.shape(), (Shape{2, 1, 3}));
  EXPECT_EQ(x.to_vector(), (std::vector<double>{1, 2, 255, 4, 5, 6}));
  EXPECT_EQ(load_idx(path_, Dtype::f32).dtype(), Dtype::f32);
}

TEST_F(Idx, ReadsBigEndianNumbers) {
  EXPECT_EQ(load(std::string("\0\0\x0b\x01\0\0\0\x02\xff\xfe\x01\0", 12)).to_vector(), (std::vector<double>{-2, 256}));
  EXPECT_EQ(load(std::string("\0\0\x0d\x01\0\0\0\x01\x3f\xc0\0\0", 12)).to_vector(), (std::vector<double>{1.5}));
}

TEST_F(Idx, RefusesWrongMagicNumbersAndSizes) {
  refuses("hello world", "magic number 0x68656c6c");
  refuses(std::string("\x1f\x8b\x08\0 more", 9), "unpack it with gunzip");
  refuses(std::string("\0\0\x0a\x01\0\0\0\x01\x01", 9), "magic number 0x00000a01");
  refuses(std::string("\0\0\x08", 3), "truncated");
  refuses(std::string("\0\0\x08\x02\0\0\0\x02", 8), "truncated");
  refuses(std::string("\0\0\x08\x01\0\0\0\x02\x01", 9), "truncated");
  refuses(std::string("\0\0\x08\x01\0\0\0\x01\x01\x02", 10), "1 bytes follow");
  refuses(std::string("\0\0\x0e\x03", 4) + std::string(12, '\xff'), "truncated");
  refuses(std::string("\0\0\x08\xff", 4) + std::string(255 * 4, '\xff'), "truncated");
}

TEST_F(Idx, WritesWhatItReads) {
  for (const Tensor& x : {tensor({{1, 2}, {3, 255}}, Dtype::i64), tensor({-1, 70000}, Dtype::i64), tensor({1.5, -2}),
                          tensor({{0.1, 2}}, Dtype::f64), zeros({0, 4})}) {
    save_idx(path_, x);
    EXPECT_EQ(to_string(load_idx(path_)), to_string(x));
  }
  save_idx(path_, tensor({1, 0}, Dtype::boolean));
  EXPECT_EQ(load_idx(path_).to_vector(), (std::vector<double>{1, 0}));
  EXPECT_EQ(read_file(path_).size(), 10u);
  EXPECT_THROW(save_idx(path_, tensor({1e10}, Dtype::i64)), IoError);
  EXPECT_THROW(save_idx(path_, tensor({1}, Dtype::f16)), DtypeError);
}

}  // namespace
}  // namespace cadena
