#include "envs/desktop/judges/log_sensor.h"

#include "core/error.h"
#include "envs/desktop/judges/line_tail.h"

#include <optional>

namespace atl::envs::desktop {
namespace {

// std::regex knows no names: they are taken out, and their groups counted.
std::string without_names(const std::string& text, std::vector<std::pair<std::size_t, std::string>>& names) {
  std::string plain;
  std::size_t group = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    plain += text[i];
    if (text[i] == '\\' && i + 1 < text.size()) {
      plain += text[++i];
    } else if (in_class) {
      in_class = text[i] != ']';
    } else if (text[i] == '[') {
      in_class = true;
    } else if (text[i] == '(' && text.compare(i, 3, "(?<") == 0) {
      const std::size_t end = text.find('>', i);
      if (end == std::string::npos || end == i + 3)
        fail(ErrorKind::kConfig, "pattern \"{}\": a group's name begins with (?< and ends with >", text);
      names.emplace_back(++group, text.substr(i + 3, end - i - 3));
      i = end;
    } else if (text[i] == '(' && (i + 1 == text.size() || text[i + 1] != '?')) {
      ++group;
    }
  }
  return plain;
}

std::regex compile(const std::string& plain, const std::string& text) {
  try {
    return std::regex(plain);
  } catch (const std::regex_error& error) {
    fail(ErrorKind::kConfig, "pattern \"{}\" is no regular expression: {}", text, error.what());
  }
}

class LogSensor final : public Sensor {
 public:
  explicit LogSensor(const JudgeProfile& judge) : file_(judge.file), pattern_(judge.line) {}

  void begin(const RunFolders& folders, const std::string& /*target*/) override {
    tail_.emplace(file_.empty() ? folders.log : folders.home / file_, LineTail::Start::kEnd);
  }

  void see(const Frame& /*frame*/) override {}

  [[nodiscard]] std::vector<Reading> poll() override {
    std::vector<Reading> readings;
    for (const std::string& line : tail_->poll()) {
      if (auto reading = pattern_.match(line)) readings.push_back(std::move(*reading));
    }
    return readings;
  }

 private:
  const std::string file_;
  const NamedPattern pattern_;
  std::optional<LineTail> tail_;
};

}  // namespace

NamedPattern::NamedPattern(const std::string& text) : pattern_(compile(without_names(text, names_), text)) {}

std::optional<Reading> NamedPattern::match(const std::string& line) const {
  constexpr std::size_t kMaxSearched = 4096;  // std::regex needs stack for each character
  const std::string searched = line.substr(0, kMaxSearched);
  std::smatch found;
  if (!std::regex_search(searched, found, pattern_)) return std::nullopt;
  Reading reading{{"line", searched}};
  for (const auto& [group, name] : names_) {
    if (found[group].matched) reading[name] = found[group].str();
  }
  return reading;
}

std::unique_ptr<Sensor> create_log_sensor(const JudgeProfile& judge) { return std::make_unique<LogSensor>(judge); }

}  // namespace atl::envs::desktop
