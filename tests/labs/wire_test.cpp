#include "labs/wire.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/views.h"

namespace cadena::labs {
namespace {

enum class Colour { red, green };

template <class T>
T through_the_wire(const T& value) {
  Writer writer;
  write_all(writer, value);
  Reader reader(writer.bytes());
  T read = Wire<T>::read(reader);
  EXPECT_EQ(reader.remaining(), 0u);
  return read;
}

TEST(Wire, ValuesSurvive) {
  EXPECT_EQ(through_the_wire(-3), -3);
  EXPECT_EQ(through_the_wire(2.5), 2.5);
  EXPECT_EQ(through_the_wire(true), true);
  EXPECT_EQ(through_the_wire(Colour::green), Colour::green);
  EXPECT_EQ(through_the_wire(std::string("a\0b", 3)), std::string("a\0b", 3));
  EXPECT_EQ(through_the_wire(std::vector<std::vector<int>>{{1, 2}, {}}), (std::vector<std::vector<int>>{{1, 2}, {}}));
  EXPECT_EQ(through_the_wire(std::pair<int, bool>(4, true)), (std::pair<int, bool>(4, true)));
  EXPECT_EQ(through_the_wire(Shape{2, 0, 3}), (Shape{2, 0, 3}));
}

TEST(Wire, TensorsKeepDtypeShapeAndValues) {
  const Tensor x = transpose(tensor({{1, 2, 3}, {4, 5, 6}}, Dtype::f64));
  const Tensor y = through_the_wire(x);
  EXPECT_EQ(y.dtype(), Dtype::f64);
  EXPECT_EQ(y.shape(), (Shape{3, 2}));
  EXPECT_EQ(y.to_vector(), x.to_vector());
  EXPECT_FALSE(through_the_wire(Tensor()).defined());
}

TEST(Wire, EveryCutIsAnError) {
  Writer writer;
  write_all(writer, tensor({1, 2, 3}), std::string("text"), std::vector<int>{1});
  for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
    Reader reader(std::string_view(writer.bytes()).substr(0, size));
    EXPECT_THROW(
        {
          Wire<Tensor>::read(reader);
          Wire<std::string>::read(reader);
          Wire<std::vector<int>>::read(reader);
        },
        Error)
        << size << " bytes";
  }
}

TEST(Wire, ForgedCountsAskForNoMemory) {
  Writer writer;
  write_all(writer, std::uint64_t{1} << 60);
  Reader text(writer.bytes());
  EXPECT_THROW(Wire<std::string>::read(text), IoError);
  Reader values(writer.bytes());
  EXPECT_THROW(Wire<std::vector<double>>::read(values), IoError);
  Writer huge;
  write_all(huge, true, Dtype::f64, Shape{1 << 20, 1 << 20});
  Reader reader(huge.bytes());
  EXPECT_THROW(Wire<Tensor>::read(reader), Error);
}

TEST(Wire, ForgedDtypesAndNegativeExtentsAreErrors) {
  Writer dtype;
  write_all(dtype, true, std::uint8_t{200}, Shape{1}, 1.0);
  Reader reader(dtype.bytes());
  EXPECT_THROW(Wire<Tensor>::read(reader), IoError);
  Writer extent;
  write_all(extent, true, Dtype::f64, Shape{-1}, 1.0);
  Reader negative(extent.bytes());
  EXPECT_THROW(Wire<Tensor>::read(negative), Error);
}

TEST(Channel, FramesArriveAndDamageIsAnError) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Channel channel(ends[0], ends[1]);
  channel.send(Kind::result, "answer");
  Frame frame;
  ASSERT_TRUE(channel.receive(frame));
  EXPECT_EQ(frame.kind, Kind::result);
  EXPECT_EQ(frame.bytes, "answer");
  const char forged[9] = {'R', 1, 0, 0, 4, 0, 0, 0, 0};  // one byte more than 64 MiB
  ASSERT_EQ(write(ends[1], forged, sizeof forged), 9);
  EXPECT_THROW(channel.receive(frame), IoError);
  close(ends[1]);
  EXPECT_FALSE(channel.receive(frame));
  close(ends[0]);
}

TEST(Callback, IsEvaluatedByWhoeverKeepsIt) {
  Writer writer;
  write_all(writer, std::function<double(double)>([](double x) { return 2 * x; }));
  ASSERT_EQ(writer.callbacks().size(), 1u);
  Writer argument;
  write_all(argument, 21.0);
  const std::string bytes = writer.callbacks()[0](argument.bytes());
  Reader result(bytes);
  EXPECT_EQ(Wire<double>::read(result), 42.0);
}

TEST(Callback, IsNotAskedForUndefinedTensors) {
  Writer writer;
  write_all(writer, std::function<Shape(const Tensor&)>([](const Tensor& x) { return x.shape(); }));
  Writer argument;
  write_all(argument, Tensor());
  EXPECT_THROW(writer.callbacks()[0](argument.bytes()), Error);
}

TEST(Wire, ValuesAreWholeWhereAllTensorsAreDefined) {
  const Tensor x = zeros({2});
  EXPECT_TRUE(is_whole(x) && is_whole(3.0) && is_whole(std::string("a")) && is_whole(std::vector<Tensor>{}));
  EXPECT_TRUE(is_whole(std::pair<double, Tensor>(1, x)) && is_whole(std::array<Tensor, 2>{x, x}));
  EXPECT_FALSE(is_whole(Tensor()) || is_whole(std::vector<Tensor>{x, Tensor()}));
  EXPECT_FALSE(is_whole(std::pair<double, Tensor>(1, Tensor())) || is_whole(std::array<Tensor, 2>{Tensor(), x}));
}

}  // namespace
}  // namespace cadena::labs
