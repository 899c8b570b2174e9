#include "tensor/random_state.h"

#include <gtest/gtest.h>

#include "tensor/base/error.h"
#include "tensor/factories.h"
#include "tensor/random.h"

namespace cadena {
namespace {

TEST(RandomState, DrawsWhatItsGeneratorDraws) {
  for (const Shape& shape : {Shape{1}, Shape{3, 5}, Shape{2, 0}}) {
    Generator generator(11);
    for (int i = 0; i < 3; ++i) {
      const Drawn drawn = bernoulli(generator.state(), shape, 0.4, Dtype::f32);
      EXPECT_EQ(drawn.values.to_vector(), bernoulli(generator, shape, 0.4, Dtype::f32).to_vector());
      EXPECT_EQ(drawn.state.to_vector(), generator.state().to_vector());
    }
  }
}

TEST(RandomState, RefusesWhatIsNoState) {
  EXPECT_THROW(bernoulli(zeros({3}, Dtype::i64), {2}, 0.5), ShapeError);
  EXPECT_THROW(bernoulli(zeros({2}, Dtype::f64), {2}, 0.5), DtypeError);
  EXPECT_THROW(bernoulli(Generator(1).state(), {2}, 1.5), ValueError);
}

}  // namespace
}  // namespace cadena
