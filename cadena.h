#pragma once

/// Everything a program needs that defines no ops of its own: tensors, differentiable functions, layers and optimizers.

#include "autograd/arithmetic.h"
#include "autograd/broadcast.h"
#include "autograd/engine.h"
#include "autograd/matmul.h"
#include "autograd/softmax.h"
#include "autograd/variable.h"
#include "autograd/views.h"
#include "tensor/arithmetic.h"
#include "tensor/copy.h"
#include "tensor/exponential.h"
#include "tensor/factories.h"
#include "tensor/matmul.h"
#include "tensor/random.h"
#include "tensor/reduce.h"
#include "tensor/softmax.h"
#include "tensor/tensor.h"
#include "tensor/views.h"
