#include <nlohmann/json.hpp>

#include "cuda/runtime/device.h"
#include "tools/ladder/table.h"

namespace cadena::tools {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

const char* identifier(Line::Outcome outcome) {
  switch (outcome) {
    case Line::Outcome::correct: return "correct";
    case Line::Outcome::wrong: return "wrong";
    case Line::Outcome::fault: return "fault";
    case Line::Outcome::not_here: break;
  }
  return "not run";
}

}  // namespace

std::string to_json(const Table& table) {
  Json steps = Json::array();
  for (const Line& line : table.lines) {
    const auto& step = *line.step;
    Json metric{{"name", step.metric.name}, {"predicted", {step.metric.before, step.metric.after}}};
    if (line.counted) {
      metric["counted"] = {or_null(line.counted_before), *line.counted};
      metric["as_predicted"] = line.as_predicted();
    }
    Json object{{"id", step.id},
                {"title", step.title},
                {"flight", line.flight},
                {"outcome", identifier(line.outcome)},
                {"max_error", line.ran() ? Json(line.max_error) : Json(nullptr)},
                {"ms", or_null(line.milliseconds)},
                {"speed", or_null(line.speed)},
                {"percent_of_peer", or_null(line.share)},
                {"expected_percent", {step.expected.least, step.expected.most}},
                {"metric", metric}};
    if (!line.reason.empty()) object["reason"] = line.reason;
    steps.push_back(std::move(object));
  }
  Json peers = Json::object();
  for (const auto& [flight, speed] : table.peer_speeds) peers[flight] = speed;
  return Json{{"ladder", table.ladder->name},
              {"problem", table.ladder->problem},
              {"size", table.size},
              {"device", cuda::device_name()},
              {"emulated", cuda::is_emulated()},
              {"unit", table.unit},
              {"peer", table.peer},
              {"peer_speeds", peers},
              {"steps", steps}}
             .dump(1) +
         "\n";
}

}  // namespace cadena::tools
