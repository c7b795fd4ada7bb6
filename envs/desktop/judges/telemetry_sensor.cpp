#include "envs/desktop/judges/telemetry_sensor.h"

#include "envs/desktop/judges/line_tail.h"

#include <nlohmann/json.hpp>

namespace atl::envs::desktop {
namespace {

constexpr int kMaxDepth = 16;

void add(const nlohmann::json& value, const std::string& path, int depth, Reading& reading) {
  const auto below = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
  if (value.is_object() && depth < kMaxDepth) {
    for (const auto& [name, item] : value.items()) add(item, below(name), depth + 1, reading);
  } else if (value.is_array() && depth < kMaxDepth) {
    for (std::size_t i = 0; i < value.size(); ++i) add(value[i], below(std::to_string(i)), depth + 1, reading);
  } else if (value.is_boolean()) {
    reading[path] = value.get<bool>() ? 1.0 : 0.0;
  } else if (value.is_number()) {
    reading[path] = value.get<double>();
  } else if (value.is_string()) {
    reading[path] = value.get<std::string>();
  }
}

class TelemetrySensor final : public Sensor {
 public:
  explicit TelemetrySensor(const JudgeProfile& judge) : file_(judge.file) {}

  void begin(const RunFolders& folders, const std::string& /*target*/) override {
    tail_.emplace(folders.home / file_, LineTail::Start::kEnd);
  }

  void see(const Frame& /*frame*/) override {}

  [[nodiscard]] std::vector<Reading> poll() override {
    std::vector<Reading> readings;
    for (const std::string& line : tail_->poll()) {
      if (auto reading = parse_telemetry(line)) readings.push_back(std::move(*reading));
    }
    return readings;
  }

 private:
  const std::string file_;
  std::optional<LineTail> tail_;
};

}  // namespace

std::optional<Reading> parse_telemetry(const std::string& line) {
  const nlohmann::json value = nlohmann::json::parse(line, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  Reading reading;
  add(value, "", 0, reading);
  return reading;
}

std::unique_ptr<Sensor> create_telemetry_sensor(const JudgeProfile& judge) {
  return std::make_unique<TelemetrySensor>(judge);
}

}  // namespace atl::envs::desktop
