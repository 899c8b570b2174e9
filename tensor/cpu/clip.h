#pragma once

#include "tensor/cpu/norm.h"
