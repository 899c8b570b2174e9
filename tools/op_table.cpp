// The table of differentiable ops as JSON: formula, arguments, and what certification on the CPU finds out.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "autograd/certify.h"
#include "autograd/ops.h"

namespace {

using namespace cadena;

/// A JSON string.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') result += "\\n";
    else result += c;
  }
  return result + "\"";
}

std::string row(const OpEntry& op) {
  const Certificate c = certify(op);
  std::string constants;
  for (int i = 0; i < op.arity; ++i)
    if (op.is_constant(i)) constants += (constants.empty() ? "" : ", ") + std::to_string(i);
  return fmt::format(
      R"({{"name": {}, "formula": {}, "arity": {}, "constants": [{}], "fused": {}, "two_byte_types": {}, "certified": {}, )"
      R"("samples": {}, "checks": {}, "wrong_killed": {}, "first_order": {}, "adjoint": {}, "second_order": {}}})",
      quoted(op.name), quoted(op.formula), op.arity, constants, op.fused, op.two_byte_types, c.certified(), c.samples,
      c.checks, c.wrong_killed, c.first_order, c.adjoint, c.second_order);
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
