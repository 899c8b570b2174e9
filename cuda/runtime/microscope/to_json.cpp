#include <cmath>
#include <cstdio>

#include "cuda/runtime/microscope/write.h"

namespace cadena::cuda::microscope {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

/// Fields of an object, or elements of an array.
class Writer {
 public:
  explicit Writer(char open) : text_(1, open), close_(open == '{' ? '}' : ']') {}
  Writer& field(const std::string& name, const std::string& json) {
    separate();
    text_ += quoted(name) + ": " + json;
    return *this;
  }
  Writer& field(const std::string& name, uint64_t value) { return field(name, std::to_string(value)); }
  Writer& element(const std::string& json) {
    separate();
    text_ += json;
    return *this;
  }
  std::string text() const { return text_ + close_; }

 private:
  void separate() { text_ += text_.size() == 1 ? "" : ", "; }
  std::string text_;
  char close_;
};

std::string triple(const Coordinates& at) {
  return Writer('[').element(std::to_string(at.x)).element(std::to_string(at.y)).element(std::to_string(at.z)).text();
}

void add_place(Writer& object, const Place& place) {
  object.field("file", quoted(place.file)).field("line", uint64_t(place.line)).field("column", uint64_t(place.column));
}

std::string memory_line(const MemoryLine& line) {
  static const char* const operations[] = {"load", "store", "atomic"};
  const Counts& c = line.counts;
  Writer object('{');
  add_place(object, line.place);
  object.field("memory", quoted(line.space == Space::global ? "global" : "shared"))
      .field("operation", quoted(operations[size_t(line.operation)]))
      .field("bytes_per_lane", line.bytes)
      .field("instructions", line.instructions)
      .field("requests", c.requests)
      .field("lanes", c.lanes)
      .field("requested_bytes", c.requested_bytes)
      .field("needed_bytes", c.needed_bytes)
      .field("moved_bytes", c.moved_bytes());
  if (line.space == Space::global) {
    object.field("sectors", c.sectors).field("ideal_sectors", c.ideal_sectors);
  } else {
    object.field("wavefronts", c.wavefronts).field("excess_wavefronts", c.excess_wavefronts());
  }
  if (line.operation == Operation::atomic) object.field("same_address_passes", c.serial_passes);
  return object.text();
}

std::string arithmetic_line(const ArithmeticLine& line) {
  Writer object('{');
  object.field("file", quoted(line.place.file)).field("line", uint64_t(line.place.line));
  object.field("f32", line.arithmetic.f32).field("f64", line.arithmetic.f64).field("special", line.arithmetic.special);
  object.field("tensor", line.tensor).field("tensor_tf32", line.tf32);
  return object.text();
}

std::string kernel_object(const KernelReport& kernel) {
  Writer memory('['), arithmetic('[');
  for (const auto& line : kernel.memory) memory.element("\n      " + memory_line(line));
  for (const auto& line : kernel.arithmetic) arithmetic.element("\n      " + arithmetic_line(line));
  const Bound& bound = kernel.bound;
  Writer object('{');
  object.field("name", quoted(kernel.name))
      .field("launches", kernel.launches)
      .field("grid", triple(kernel.grid))
      .field("block", triple(kernel.block))
      .field("dynamic_shared_bytes", kernel.shared_bytes)
      .field("f32", kernel.operations.f32)
      .field("f64", kernel.operations.f64)
      .field("special", kernel.operations.special)
      .field("tensor", kernel.tensor)
      .field("tensor_tf32", kernel.tf32)
      .field("tensor_instructions", kernel.tensor_instructions)
      .field("barriers", kernel.barriers)
      .field("flop", kernel.flop())
      .field("memory_read_bytes", kernel.sectors_read * 32)
      .field("memory_written_bytes", kernel.sectors_written * 32)
      .field("bound", Writer('{')
                          .field("memory_us", number(bound.memory_us))
                          .field("arithmetic_us", number(bound.arithmetic_us))
                          .field("tensor_us", number(bound.tensor_us))
                          .field("special_us", number(bound.special_us))
                          .field("shared_us", number(bound.shared_us))
                          .field("least_us", number(bound.least_us()))
                          .field("limiter", quoted(bound.limiter()))
                          .text());
  if (kernel.occupancy) {
    object.field("registers", uint64_t(kernel.resources->registers))
        .field("static_shared_bytes", kernel.resources->shared_bytes)
        .field("spilled_bytes", kernel.resources->spilled_bytes)
        .field("occupancy", number(kernel.occupancy->fraction()))
        .field("occupancy_limiter", quoted(kernel.occupancy->limiter));
  }
  return object.field("memory", memory.text()).field("arithmetic", arithmetic.text()).text();
}

std::string finding_object(const FindingReport& report) {
  const Finding& finding = report.finding;
  Writer object('{');
  object.field("fault", quoted(identifier(finding.fault)))
      .field("kernel", quoted(report.kernel))
      .field("thread", triple(finding.thread))
      .field("block", triple(finding.block))
      .field("detail", quoted(finding.detail))
      .field("times", finding.times);
  add_place(object, report.place);
  if (finding.other_place != 0) {
    Writer other('{');
    add_place(other, report.other);
    other.field("thread", uint64_t(finding.other_thread)).field("block", finding.other_block);
    object.field("other", other.text());
  }
  return object.text();
}

}  // namespace

std::string to_json(const Report& report) {
  Writer kernels('['), findings('['), remarks('[');
  for (const auto& kernel : report.kernels) kernels.element("\n    " + kernel_object(kernel));
  for (const auto& finding : report.findings) findings.element("\n    " + finding_object(finding));
  for (const auto& remark : report.remarks) remarks.element(quoted(remark));
  return Writer('{')
             .field("machine", quoted("emulated"))
             .field("gpu", quoted(report.gpu->title))
             .field("kernels", kernels.text())
             .field("findings", findings.text())
             .field("remarks", remarks.text())
             .text() +
         "\n";
}

}  // namespace cadena::cuda::microscope
