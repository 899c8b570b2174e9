// The table of differentiable ops as JSON: formula, arguments, and what certification finds out on each device.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "autograd/certify.h"
#include "autograd/ops.h"
#include "cuda/runtime/device.h"

namespace {

using namespace cadena;

/// A JSON string.
std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') result += "\\n";
    else result += c;
  }
  return result + "\"";
}

/// What certification on one device found out.
std::string found(const Certificate& c, const std::string& device) {
  std::string kernels;
  for (const std::string& kernel : c.kernels) kernels += (kernels.empty() ? "" : ", ") + json_string(kernel);
  return fmt::format(
      R"({{"device": {}, "certified": {}, "samples": {}, "checks": {}, "wrong_killed": {}, "first_order": {}, )"
      R"("adjoint": {}, "second_order": {}, "parity": {}, "kernels": [{}]}})",
      json_string(device), c.certified(), c.samples, c.checks, c.wrong_killed, c.first_order, c.adjoint, c.second_order,
      c.parity, kernels);
}

std::string row(const OpEntry& op) {
  std::string constants;
  for (int i = 0; i < op.arity; ++i)
    if (op.is_constant(i)) constants += (constants.empty() ? "" : ", ") + std::to_string(i);
  std::string devices = found(certify(op), "cpu");
  if (cuda::device_count() > 0) {
    devices += ", " + found(certify(op, {.device = Device::cuda()}), cuda::device_name(0));
  }
  return fmt::format(
      R"({{"name": {}, "formula": {}, "arity": {}, "constants": [{}], "fused": {}, "two_byte_types": {}, "devices": [{}]}})",
      json_string(op.name), json_string(op.formula), op.arity, constants, op.fused, op.two_byte_types, devices);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints the table of differentiable ops, certified one by one, as JSON."};
  std::string only;
  app.add_option("--op", only, "The name of one op");
  CLI11_PARSE(app, argc, argv);
  if (!only.empty() && find_op(only) == nullptr) {
    fmt::print(stderr, "op_table: there is no op '{}'\n", only);
    return 1;
  }
  std::string table;
  for (const OpEntry* op : ops())
    if (only.empty() || only == op->name) table += (table.empty() ? "" : ",\n") + row(*op);
  fmt::print("[{}]\n", table);
}
