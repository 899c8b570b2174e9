#include "tensor/io/npy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tensor/factories.h"
#include "tensor/print.h"
#include "tensor/views.h"
#include "tests/support/files.h"

// The files were written by NumPy, see tests/reference/make_io_files.py.
namespace cadena {
namespace {

using test::message_of;
using test::reference_file;
using test::TemporaryFolder;
using testing::HasSubstr;

const std::vector<double> kSigned{-2, -1, 0, 1, 2, 3};
const std::vector<double> kUnsigned{0, 1, 2, 3, 4, 5};

TEST(Npy, ReadsEveryDtypeOfNumPy) {
  const std::pair<const char*, Dtype> files[] = {
      {"f2", Dtype::f16}, {"f4", Dtype::f32},         {"f8", Dtype::f64},
      {"i1", Dtype::i64}, {"i2", Dtype::i64},         {"i4", Dtype::i64},
      {"i8", Dtype::i64}, {"big_endian", Dtype::f32}, {"big_endian_i2", Dtype::i64}};
  for (const auto& [name, dtype] : files) {
    const Tensor x = load_npy(reference_file(name + std::string(".npy")));
    EXPECT_EQ(x.dtype(), dtype) << name;
    EXPECT_EQ(x.shape(), (Shape{2, 3})) << name;
    EXPECT_EQ(x.to_vector(), kSigned) << name;
  }
  for (const char* name : {"u1", "u2", "u4", "u8", "version2", "version3"}) {
    EXPECT_EQ(load_npy(reference_file(name + std::string(".npy"))).to_vector(), kUnsigned) << name;
  }
  const Tensor mask = load_npy(reference_file("b1.npy"));
  EXPECT_EQ(mask.dtype(), Dtype::boolean);
  EXPECT_EQ(mask.to_vector(), (std::vector<double>{1, 0, 1, 0, 1, 0}));
}

TEST(Npy, ReadsFortranOrderScalarsAndEmptyArrays) {
  const Tensor x = load_npy(reference_file("fortran.npy"));
  EXPECT_EQ(x.shape(), (Shape{2, 3, 4}));
  EXPECT_TRUE(x.is_contiguous());
  for (int i = 0; i < 24; ++i) EXPECT_EQ(x.to_vector()[static_cast<std::size_t>(i)], i);
  const Tensor scalar = load_npy(reference_file("scalar.npy"));
  EXPECT_EQ(scalar.shape(), Shape{});
  EXPECT_EQ(scalar.item(), 1.5);
  EXPECT_EQ(load_npy(reference_file("empty.npy")).shape(), (Shape{0, 3}));
  const auto special = load_npy(reference_file("special.npy")).to_vector();
  EXPECT_TRUE(std::isnan(special[0]));
  EXPECT_EQ(special[2], -HUGE_VAL);
  EXPECT_TRUE(std::signbit(special[3]));
  EXPECT_EQ(special[4], 5e-324);
}

TEST(Npy, RefusesWhatIsNoNumberAndSaysSo) {
  const std::pair<const char*, const char*> files[] = {{"pickled", "pickled Python objects, which are never loaded"},
                                                       {"records", "holds records"},
                                                       {"complex", "elements of type '<c16'"},
                                                       {"text", "elements of type '<U1'"},
                                                       {"too_large_u8", "element 1 is 9223372036854775808"}};
  for (const auto& [name, words] : files) {
    const std::string path = reference_file(name + std::string(".npy"));
    const std::string message = message_of<IoError>([&] { load_npy(path); });
    EXPECT_THAT(message, HasSubstr(words));
    EXPECT_THAT(message, HasSubstr(path));
  }
}

TEST(Npy, RefusesTruncatedLongAndMalformedFiles) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.npy");
  const auto refuses = [&](const std::string& bytes, const char* words) {
    test::put_file(path, bytes);
    EXPECT_THAT(message_of<IoError>([&] { load_npy(path); }), HasSubstr(words));
  };
  const auto with_header = [](const std::string& text) {
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(text.size()) + '\0' + text;
  };
  const std::string good = read_file(reference_file("f4.npy"));
  refuses(good.substr(0, good.size() - 1), "truncated");
  refuses(good + "x", "1 bytes follow");
  refuses("", "not an npy file");
  refuses("hello world, this is text", "not an npy file");
  refuses(std::string("\x93NUMPY\x09\x00\x00\x00", 10), "version 9.0");
  refuses(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12), "header of 4294967295 bytes");
  refuses(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1152921504606846976,), }"), "truncated");
  refuses(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0), }"), "truncated");
  refuses(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }"), "extent");
  refuses(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), "extent");
  refuses(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2), }"), "shape (2) is no tuple");
  refuses(with_header("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (), }"), "neither True nor False");
  refuses(with_header("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (), }"), "twice");
  refuses(with_header("{'descr': '<f4', 'shape': (), }"), "expected the keys");
  refuses(with_header("{'descr': '<f4"), "not closed");
  refuses(with_header("{"), "expected");
}

TEST(Npy, WritesWhatItReads) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.npy");
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::i64, Dtype::boolean}) {
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{5}, Shape{2, 3}, Shape{2, 1, 0}, Shape{1, 2, 1, 2, 1, 2}}) {
      const Tensor x = ones(shape, dtype);
      save_npy(path, x);
      const Tensor back = load_npy(path);
      EXPECT_EQ(to_string(back), to_string(x));
    }
  }
  const Tensor x = transpose(tensor({{1, 2, 3}, {4, 5, 6}}));
  save_npy(path, x);
  EXPECT_EQ(to_string(load_npy(path)), to_string(x));
  EXPECT_EQ(read_file(path).size() % 64, 24) << "elements start at a multiple of 64 bytes";
  EXPECT_THROW(save_npy(path, ones({2}, Dtype::bf16)), DtypeError);
  EXPECT_THROW(save_npy(path, Tensor()), IoError);
}

TEST(Npy, WritesNothingThatItWouldNotRead) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.npy");
  for (const Shape& shape : {Shape::filled(64, 1), Shape{0, i64{1} << 60}, Shape{(i64{1} << 61) - 1, 0}}) {
    save_npy(path, ones(shape));
    EXPECT_EQ(load_npy(path).shape(), shape);
  }
  const std::string before = read_file(path);
  EXPECT_THAT(message_of<IoError>([&] { save_npy(path, ones(Shape::filled(65, 1))); }),
              HasSubstr("65 axes, expected at most 64"));
  EXPECT_EQ(read_file(path), before);
}

TEST(Npy, WritesTheBytesOfNumPy) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.npy");
  save_npy(path, tensor({{-2, -1, 0}, {1, 2, 3}}, Dtype::f64));
  EXPECT_EQ(read_file(path), read_file(reference_file("f8.npy")));
}

}  // namespace
}  // namespace cadena
