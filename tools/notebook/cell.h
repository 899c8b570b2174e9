// What every cell of a notebook is compiled against, besides the library and the chapters' reports.
#pragma once

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <numbers>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "cadena.h"
#include "tutorials/support/chapter.h"
#include "tutorials/support/ladder_report.h"

namespace cadena::notebook {

/// Set by an interrupt; seen by the cell at its next loop.
extern volatile bool interrupted;

/// Throws what ends an interrupted cell; on another thread than the cell's own it does nothing.
void stop();

/// Stands in each loop of a cell, so that an interrupt unwinds it like any exception.
constexpr void poll() {
  if (!std::is_constant_evaluated() && interrupted) stop();
}

/// Notes that the cell is past its part `part`; returns true.
bool reached(int part);

/// A type's name without the namespaces that cells stand in.
std::string readable(const std::type_info& type);

/// Carries a type, reference and const included, to typeid.
template <class T>
struct TypeTag {};

/// A type's name as C++ spells it.
inline std::string demangled(const char* name) {
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, nullptr), std::free);
  return text ? text.get() : name;
}

/// The value of an expression, as text: as it is written to a stream, a range by its elements, otherwise its type.
template <class T>
std::string shown(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (requires(std::ostringstream text) { text << value; }) {
    std::ostringstream text;
    text << value;
    return text.str();
  } else if constexpr (requires { value.first, value.second; }) {
    return "(" + shown(value.first) + ", " + shown(value.second) + ")";
  } else if constexpr (std::ranges::input_range<const T>) {
    std::string text;
    for (const auto& element : value) text += (text.empty() ? "" : ", ") + shown(element);
    return "{" + text + "}";
  } else {
    return "a value of type " + readable(typeid(T));
  }
}

/// Prints what the last line of a cell is worth; a line of type void has nothing to print.
template <class F>
void show(const F& line) {
  if constexpr (std::is_void_v<decltype(line())>) {
    line();
  } else {
    std::puts(shown(line()).c_str());
  }
}

}  // namespace cadena::notebook
