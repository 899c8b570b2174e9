#include "tensor/io/csv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tensor/factories.h"
#include "tensor/io/file.h"
#include "tensor/print.h"
#include "tests/support/files.h"

namespace cadena {
namespace {

using test::message_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

class CsvTest : public testing::Test {
 protected:
  Csv load(const std::string& text, const CsvOptions& options = {}) {
    test::put_file(path_, text);
    return load_csv(path_, options);
  }
  void refuses(const std::string& text, const char* words, const CsvOptions& options = {}) {
    EXPECT_THAT(message_of<IoError>([&] { load(text, options); }), HasSubstr(words)) << text;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("x.csv");
};

TEST_F(CsvTest, ReadsNumbersInEveryLayout) {
  const std::string expected = "tensor([[ 1. ,  2.5],\n        [-3. ,  4. ]], f32, cpu)";
  EXPECT_EQ(to_string(load("1,2.5\n-3,4\n").values), expected);
  EXPECT_EQ(to_string(load("1,2.5\r\n-3,4").values), expected);
  EXPECT_EQ(to_string(load("\xef\xbb\xbf 1 , +2.5\n\n\"-3\",4e0\n\n").values), expected);
  EXPECT_EQ(to_string(load("1;2.5\n-3;4", {.separator = ';'}).values), expected);
  EXPECT_EQ(load("").values.shape(), (Shape{0, 0}));
  EXPECT_EQ(load("a,b\n", {.header = true}).values.shape(), (Shape{0, 2}));
}

TEST_F(CsvTest, ReadsHeadersAndQuotes) {
  const Csv csv = load("\"a, \"\"b\"\"\",c\n1,2\n", {.header = true});
  EXPECT_THAT(csv.header, ElementsAre("a, \"b\"", "c"));
  EXPECT_EQ(csv.values.shape(), (Shape{1, 2}));
  EXPECT_THAT(load("3,setosa\n1,2,3\n", {.free_header = true}).header, ElementsAre("3", "setosa"));
  test::put_file(path_, "x,\"two\nlines\"\n,\n");
  const CsvText text = load_csv_text(path_);
  ASSERT_EQ(text.rows.size(), 2u);
  EXPECT_THAT(text.rows[0], ElementsAre("x", "two\nlines"));
  EXPECT_THAT(text.rows[1], ElementsAre("", ""));
}

TEST_F(CsvTest, NamesTheLineOfAFault) {
  refuses("1,2\n3\n", "line 2: 1 field, expected 2");
  refuses("1,2\n\n3,4,5\n", "line 3: 3 fields, expected 2");
  refuses("a,b\n1,2,3\n", "line 2: 3 fields, expected 2", {.header = true});
  refuses("1,2\n3,x\n", "line 2: column 2: 'x' is no number");
  refuses("1,2\n3,1e999\n", "line 2: column 2");
  refuses("1,2\n3,\n", "line 2: column 2: ''");
  refuses("1,2 3\n", "column 2: '2 3'");
  refuses("\"1\n2\",\"3", "line 1: a quote is not closed");
  refuses("\"1\"\n\n\"2\"b,4", "line 3: text after a closing quote");
  refuses("1,\x1b[2J\n", R"(column 2: '\x1b[2J' is no number)");  // which would clear a terminal
  refuses("1.5\n", "is no number that i64", {.dtype = Dtype::i64});
  refuses("9223372036854775808\n", "is no number that i64", {.dtype = Dtype::i64});
  EXPECT_THAT(message_of<IoError>([&] { load_csv(folder_.file("none.csv")); }), HasSubstr("No such file"));
}

TEST_F(CsvTest, RefusesWhatTheDtypeCannotHold) {
  const std::pair<Dtype, std::vector<const char*>> beyond[] = {
      {Dtype::f64, {"1e400", "-1e400"}},
      {Dtype::f32, {"1e300", "-1e300", "3.4028236e38"}},
      {Dtype::f16, {"70000", "65520", "-65520", "1e300", "1e400"}},
      {Dtype::bf16, {"3.4e38", "1e300"}},
      {Dtype::boolean, {"0.5", "7", "-1", "nan", "inf", "1e-400", "1.0"}}};
  for (const auto& [dtype, texts] : beyond) {
    for (const std::string text : texts) {
      refuses("0\n" + text, ("line 2: column 1: '" + text + "' is no number that " + to_string(dtype)).c_str(),
              {.dtype = dtype});
    }
  }
  EXPECT_EQ(load("0,1, 1 ,+0\n", {.dtype = Dtype::boolean}).values.to_vector(), (std::vector<double>{0, 1, 1, 0}));
  for (Dtype dtype : {Dtype::f64, Dtype::f32, Dtype::f16, Dtype::bf16}) {
    const std::vector<double> x = load("inf,-inf,nan\n", {.dtype = dtype}).values.to_vector();
    EXPECT_TRUE(x[0] == HUGE_VAL && x[1] == -HUGE_VAL && std::isnan(x[2])) << to_string(dtype);
  }
}

// The nearest numbers by strtod and strtof of glibc, and for 16 bits by hand.
TEST_F(CsvTest, RoundsOnceAndToZero) {
  const auto expect = [&](const char* text, Dtype dtype, double value) {
    EXPECT_EQ(load(text, {.dtype = dtype}).values.item(), value) << text << " as " << to_string(dtype);
  };
  expect("1.00000005960464485", Dtype::f32, 1.00000011920928955078125);  // as an f64 it lies between two f32
  expect("1.00048828218", Dtype::f16, 1.0009765625);                     // 2^-10 + 2^-34 over 1: as an f32 between two
  expect("1.00048828125", Dtype::f16, 1);                                // between two: to the even one
  expect("65519.99", Dtype::f16, 65504);
  expect("1.0039062502", Dtype::bf16, 1.0078125);
  expect("2.9802322387e-08", Dtype::f16, 0);  // a bit less than half of the least f16, 2^-24
  expect("2.9802322388e-08", Dtype::f16, 0x1p-24);
  expect("1e-60", Dtype::f32, 0);
  expect("1e-45", Dtype::f32, 0x1p-149);
  expect("1e-400", Dtype::f64, 0);
  expect("4e-324", Dtype::f64, 5e-324);
  expect(("0." + std::string(400, '0') + "1").c_str(), Dtype::f64, 0);
  expect("1e-400", Dtype::f16, 0);
  expect("1e-99999999999999999999", Dtype::bf16, 0);
  EXPECT_TRUE(std::signbit(load("-1e-400", {.dtype = Dtype::f64}).values.item()));
}

TEST_F(CsvTest, KeepsIntegersExactAndMissingValuesAsNan) {
  EXPECT_EQ(load("9007199254740993\n", {.dtype = Dtype::i64}).values.data<i64>()[0], 9007199254740993);
  EXPECT_TRUE(std::isnan(load("1,,inf\n", {.missing_as_nan = true}).values.at({0, 1})));
  EXPECT_THROW(load("1,\n", {.missing_as_nan = true, .dtype = Dtype::i64}), DtypeError);
  EXPECT_THROW(load("1", {.separator = '"'}), ValueError);
}

TEST_F(CsvTest, WritesWhatItReads) {
  const Tensor x = tensor({{1.0 / 3, -0.0}, {1e-300, HUGE_VAL}}, Dtype::f64);
  save_csv(path_, x, {"a", "b,\"c\""});
  const Csv back = load_csv(path_, {.header = true, .dtype = Dtype::f64});
  EXPECT_EQ(back.values.to_vector(), x.to_vector());
  EXPECT_THAT(back.header, ElementsAre("a", "b,\"c\""));
  save_csv(path_, tensor({1, 2}, Dtype::i64));
  EXPECT_EQ(read_file(path_), "1\n2\n");
  EXPECT_THROW(save_csv(path_, zeros({1, 1, 1})), ShapeError);
  EXPECT_THROW(save_csv(path_, zeros({2, 2}), {"a"}), ShapeError);
  for (const char separator : {'"', '\n', '.', '-', '0', 'e'}) {
    EXPECT_THROW(save_csv(path_, x, {}, separator), ValueError) << separator;
  }
  EXPECT_THAT(message_of<ValueError>([&] { save_csv(path_, x, {}, 'e'); }), HasSubstr("may not be 'e'"));
}

TEST_F(CsvTest, LinesMayEndInCr) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    test::put_file(path_, "a,b" + end + "1,2" + end + "3,4" + end);
    EXPECT_EQ(load_csv(path_, {.header = true}).values.to_vector(), (std::vector<double>{1, 2, 3, 4}));
    test::put_file(path_, "1,2" + end + "3,x" + end);
    EXPECT_THAT(test::message_of<IoError>([&] { load_csv(path_); }), HasSubstr("line 2: column 2: 'x'"));
  }
}

}  // namespace
}  // namespace cadena
