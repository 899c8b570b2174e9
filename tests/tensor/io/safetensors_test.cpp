#include "tensor/io/safetensors.h"

#include <gtest/gtest.h>

#include <ctime>

#include "tensor/factories.h"
#include "tensor/io/file.h"
#include "tensor/print.h"
#include "tensor/views.h"
#include "tests/support/files.h"

// The files were written by the Python library, see tests/reference/make_io_files.py.
namespace cadena {
namespace {

using test::message_of;
using test::reference_file;
using test::TemporaryFolder;
using testing::HasSubstr;

TEST(Safetensors, ReadsEveryDtypeOfThePythonLibrary) {
  const Safetensors file = load_safetensors(reference_file("all.safetensors"));
  EXPECT_EQ(file.tensors.size(), 15u);
  EXPECT_EQ(file.metadata.at("note"), "quoted \"text\" and ünïcode");
  for (const char* name : {"f16", "f32", "f64", "i8", "i16", "i32", "i64"}) {
    EXPECT_EQ(file.tensors.at(name).to_vector(), (std::vector<double>{-2, -1, 0, 1, 2, 3})) << name;
    EXPECT_EQ(file.tensors.at(name).shape(), (Shape{2, 3})) << name;
  }
  for (const char* name : {"u8", "u16", "u32", "u64"}) {
    EXPECT_EQ(file.tensors.at(name).to_vector(), (std::vector<double>{0, 1, 2, 3, 4, 5})) << name;
    EXPECT_EQ(file.tensors.at(name).dtype(), Dtype::i64) << name;
  }
  EXPECT_EQ(file.tensors.at("f16").dtype(), Dtype::f16);
  EXPECT_EQ(file.tensors.at("bool").to_vector(), (std::vector<double>{1, 0, 1, 0, 1, 0}));
  EXPECT_EQ(file.tensors.at("scalar").item(), 1.5);
  EXPECT_EQ(file.tensors.at("empty").shape(), (Shape{0, 3}));
  EXPECT_EQ(file.tensors.at("größe.0").item(), 1);
  const Tensor x = load_safetensors(reference_file("bf16.safetensors")).tensors.at("x");
  EXPECT_EQ(x.dtype(), Dtype::bf16);
  EXPECT_EQ(x.to_vector(), (std::vector<double>{1, -2, 0.5, HUGE_VAL}));
}

TEST(Safetensors, WritesTheBytesOfThePythonLibrary) {
  TemporaryFolder folder;
  const Tensor count = tensor({{0, 1, 2}, {3, 4, 5}});
  save_safetensors(folder.file("x"),
                   {{"a", count},
                    {"b", arange(0, 3)},
                    {"c", ones({1}, Dtype::boolean)},
                    {"d", tensor({{0, 1, 2}, {3, 4, 5}}, Dtype::f64)}},
                   {{"key", "value"}});
  EXPECT_EQ(read_file(folder.file("x")), read_file(reference_file("same_bytes.safetensors")));
}

TEST(Safetensors, WritesWhatItReads) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.safetensors");
  std::map<std::string, Tensor> tensors{{"", transpose(tensor({{1, 2, 3}, {4, 5, 6}}))}, {"empty", zeros({3, 0})}};
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::f16, Dtype::bf16, Dtype::i64, Dtype::boolean}) {
    tensors[to_string(dtype)] = full({1, 3}, 1, dtype);
  }
  const std::map<std::string, std::string> metadata{{"größe", "\"\n\t\\"}, {"empty", ""}};
  save_safetensors(path, tensors, metadata);
  const Safetensors back = load_safetensors(path);
  EXPECT_EQ(back.metadata, metadata);
  ASSERT_EQ(back.tensors.size(), tensors.size());
  for (const auto& [name, x] : tensors) EXPECT_EQ(to_string(back.tensors.at(name)), to_string(x)) << name;
  save_safetensors(path, {});
  EXPECT_TRUE(load_safetensors(path).tensors.empty());
  EXPECT_THROW(save_safetensors(path, {{"__metadata__", ones({1})}}), IoError);
  EXPECT_THROW(save_safetensors(path, {{"\xff", ones({1})}}), IoError);
  EXPECT_THROW(save_safetensors(path, {}, {{"a", "\xff"}}), IoError);
}

TEST(Safetensors, WritesNothingThatItWouldNotRead) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.safetensors");
  for (const Shape& shape : {Shape::filled(64, 1), Shape{0, i64{1} << 60}, Shape{(i64{1} << 61) - 1, 0}}) {
    save_safetensors(path, {{"x", ones(shape)}});
    EXPECT_EQ(load_safetensors(path).tensors.at("x").shape(), shape);
  }
  const std::string before = read_file(path);
  EXPECT_EQ(message_of<IoError>([&] {
              save_safetensors(path, {{"x\n", ones(Shape::filled(65, 1))}});
            }),
            path + R"([x\x0a]: 65 axes, expected at most 64)");
  const std::map<std::string, std::string> log{{"log", std::string(101'000'000, 'x')}};
  EXPECT_EQ(message_of<IoError>([&] { save_safetensors(path, {}, log); }),
            path + ": names and metadata make a header of 101000003 bytes or more, expected at most 100000000");
  EXPECT_EQ(read_file(path), before);
}

/// A file with this header and `bytes` bytes of data.
void write_with_header(const std::string& path, const std::string& header, std::size_t bytes) {
  std::string text(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
  test::put_file(path, text + header + std::string(bytes, '\1'));
}

TEST(Safetensors, RefusesEveryHostileHeader) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.safetensors");
  const auto refuses = [&](const std::string& header, std::size_t bytes, const char* words) {
    write_with_header(path, header, bytes);
    const std::string message = message_of<IoError>([&] { load_safetensors(path); });
    EXPECT_THAT(message, HasSubstr(words)) << header;
    EXPECT_THAT(message, HasSubstr(path));
  };
  const std::string x = R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  refuses("{" + x + R"(,"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "overlapping");
  refuses("{" + x + R"(,"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, "overlapping");
  refuses("{" + x + R"(,"y":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}})", 16, "leaving a gap");
  refuses("{" + x + "}", 12, "too long");
  refuses("{" + x + "}", 7, "truncated");
  refuses("{" + x + "," + x + "}", 8, "comes twice");
  refuses(R"({"x":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}})", 8, "comes twice");
  refuses(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8, "do not hold the 12 bytes");
  refuses(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8, "do not hold");
  refuses(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,1152921504606846976]}})", 8, "do not hold");
  refuses(R"({"x":{"dtype":"F32","shape":[2305843009213693952],"data_offsets":[0,8]}})", 8, "too large");
  refuses(R"({"x":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}})", 0, "too large");
  refuses(R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8, "expected a number");
  refuses(R"({"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", 8, "expected a number");
  refuses(R"({"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", 8, "shape");
  refuses(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}})", 8, "data_offsets");
  refuses(R"({"x":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}})", 8, "unknown dtype \"F8_E4M3\"");
  refuses(R"({"x":{"dtype":4,"shape":[2],"data_offsets":[0,8]}})", 8, "unknown dtype 4");
  refuses(R"({"x":{"dtype":"F32","shape":[2]}})", 8, "expected exactly");
  refuses(R"({"x":[1]})", 0, "expected exactly");
  refuses(R"({"__metadata__":{"a":1}})", 0, "'a' is no text");
  refuses(R"({"__metadata__":"a"})", 0, "expected an object");
  refuses("{\"\xff\":{}}", 0, "malformed");
  refuses("{" + x, 8, "malformed");
  refuses("", 0, "does not start with {");
  refuses("[]", 0, "does not start with {");
  refuses(" {}", 0, "does not start with {");
  refuses("{\"a\":" + std::string(100000, '['), 0, "nested too deeply");
}

TEST(Safetensors, MessagesNeitherGrowWithTheFileNorSteerATerminal) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.safetensors");
  const std::string junk = "\x7f\xc2\x9b" + std::string(100'000, 'x');
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"x":{"dtype":)" + dtype + R"(,"shape":[)" + shape + R"(],"data_offsets":[)" + offsets + "]}}";
  };
  const std::string text = '"' + junk + '"';
  for (const std::string& header : {
           entry(text, "2", "0,8"),
           entry("[" + text + "]", "2", "0,8"),
           entry(R"("F32")", text, "0,8"),
           entry(R"("F32")", "1152921504606846976,16," + text, "0,8"),
           entry(R"("F32")", "2", "0," + text),
           R"({"x":")" + junk,
           R"({"x":{")" + junk + R"(":1,")" + junk + R"(":2}})",
           "{" + text + ":\xff}",
       }) {
    write_with_header(path, header, 8);
    const std::string message = message_of<IoError>([&] { load_safetensors(path); });
    EXPECT_LT(message.size(), path.size() + 400) << header.substr(0, 60);
    EXPECT_EQ(printable(message, message.size()), message) << "control characters, or no UTF-8";
  }
}

TEST(Safetensors, TimeDoesNotGrowWithTheSquareOfTheNumberOfTensors) {
  TemporaryFolder folder;
  std::map<std::string, Tensor> tensors;
  for (i64 i = 0; i < 30000; ++i) tensors[concat("layer.", i)] = full({}, i, Dtype::i64);
  const std::clock_t start = std::clock();
  save_safetensors(folder.file("x"), tensors);
  const Safetensors back = load_safetensors(folder.file("x"));
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 10);  // seconds; a fraction of one, or many if it is quadratic
  ASSERT_EQ(back.tensors.size(), tensors.size());
  EXPECT_EQ(back.tensors.at("layer.12345").item(), 12345);
}

TEST(Safetensors, RefusesAHeaderThatClaimsTwoToTheSixtyBytes) {
  TemporaryFolder folder;
  const std::string path = folder.file("x.safetensors");
  test::put_file(path, std::string("\0\0\0\0\0\0\0\x10{}", 10));
  EXPECT_THAT(message_of<IoError>([&] { load_safetensors(path); }), HasSubstr("claims 1152921504606846976 bytes"));
  test::put_file(path, std::string(8, '\xff'));
  EXPECT_THAT(message_of<IoError>([&] { load_safetensors(path); }), HasSubstr("claims 18446744073709551615 bytes"));
  test::put_file(path, "short");
  EXPECT_THAT(message_of<IoError>([&] { load_safetensors(path); }), HasSubstr("truncated"));
}

}  // namespace
}  // namespace cadena
