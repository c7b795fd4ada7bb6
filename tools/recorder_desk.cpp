#include "tools/recorder_desk.h"

#include "core/error.h"
#include "core/log.h"
#include "tools/desk_screen.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

namespace atl::tools {
namespace {

constexpr std::string_view kKillKey = "f12";                // input/guard_types.h
constexpr Duration kSecondPress = std::chrono::seconds(2);  // for the second press of the discard key
constexpr Duration kWordsTime = std::chrono::seconds(2);    // how long an answer to a key is shown
constexpr Duration kEndTime = std::chrono::seconds(3);      // how long the reason of the end is shown
constexpr Duration kLogPeriod = std::chrono::seconds(10);   // between two equal warnings in the log

struct NamedKey {
  const char* field;
  const std::string* name;
};

std::vector<NamedKey> keys_of(const HotkeyConfig& c) {
  return {{"success", &c.success},
          {"failure", &c.failure},
          {"pause", &c.pause},
          {"mark", &c.mark},
          {"discard", &c.discard}};
}

std::string clock_text(double seconds) {
  const int whole = static_cast<int>(seconds);
  return whole < 3600 ? fmt::format("{:02}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

class Desk final : public RecorderDesk {
 public:
  explicit Desk(DeskConfig config) : config_(std::move(config)) {
    for (const NamedKey& key : keys_of(config_.hotkeys)) {
      if (key.name->empty()) continue;
      const Control control = control_named(*key.name);
      actions_[index_of(control)] = key.field;
      own_.set(static_cast<std::size_t>(index_of(control)));
    }
    if (!config_.has_screen) return;
    try {
      screen_ = create_desk_screen({.display = config_.display,
                                    .keys = own_,
                                    .has_indicator = config_.has_indicator,
                                    .hears_devices = config_.hears_devices});
    } catch (const Error& error) {
      log_warning("the recorder's keys and its indicator are off: {}", error.what());
    }
  }

  std::vector<session::DeskWish> poll_wishes() override {
    std::vector<session::DeskWish> wishes;
    if (!screen_) return wishes;
    for (const Control control : screen_->poll_presses()) answer(actions_.at(index_of(control)), wishes);
    return wishes;
  }

  bool is_own(Control control) const override {
    return screen_ && own_.test(static_cast<std::size_t>(index_of(control)));
  }

  void show(const session::DeskStatus& session) override {
    session::DeskStatus status = session;
    if (config_.more_warnings && !status.is_paused) {
      const std::vector<std::string> more = config_.more_warnings();
      status.warnings.insert(status.warnings.end(), more.begin(), more.end());
    }
    log(status.warnings);
    if (!screen_) return;
    DeskWords words;
    words.tone = status.is_paused           ? DeskTone::kPaused
                 : !status.warnings.empty() ? DeskTone::kWarning
                                            : DeskTone::kRecording;
    words.lines.push_back((status.is_paused ? "PAUSED " : "REC ") + clock_text(status.recorded_s));
    words.lines.insert(words.lines.end(), status.warnings.begin(), status.warnings.end());
    if (MonotonicClock::now() < said_until_) words.lines.push_back(said_);
    screen_->show(std::move(words));
  }

  void tell_end(const std::string& reason) override {
    log_warning("the recording ended: {}", reason);  // at once: the program ends when its games have ended
    if (!screen_) return;
    screen_->show({DeskTone::kWarning, {"RECORDING ENDED", reason}});
    SystemClock clock;
    clock.sleep_until(clock.now() + kEndTime);
  }

 private:
  void answer(const std::string& key, std::vector<session::DeskWish>& wishes) {
    using session::DeskWish;
    if (key == "pause") wishes.push_back(DeskWish::kPause);
    if (key == "success") wishes.push_back(DeskWish::kSuccess);
    if (key == "failure") wishes.push_back(DeskWish::kFailure);
    if (key == "mark") {
      if (config_.on_mark) config_.on_mark();
      say(fmt::format("mark {}", ++num_marks_));
    }
    if (key != "discard") return discard_by_.reset();
    if (discard_by_ && MonotonicClock::now() < *discard_by_) {
      wishes.push_back(DeskWish::kDiscard);
      discard_by_.reset();
      return say("discarded");
    }
    discard_by_ = MonotonicClock::now() + kSecondPress;
    say(fmt::format("press {} again to discard", config_.hotkeys.discard));
  }

  void say(std::string words) {
    said_ = std::move(words);
    said_until_ = MonotonicClock::now() + kWordsTime;
  }

  void log(const std::vector<std::string>& warnings) {
    const Timestamp now = MonotonicClock::now();
    for (const std::string& warning : warnings) {
      Timestamp& next = next_log_[warning];
      if (now >= next) {
        log_warning("recording: {}", warning);
        next = now + kLogPeriod;
      }
    }
  }

  const DeskConfig config_;
  std::map<int, std::string> actions_;  // by index of the control
  ControlSet own_;
  std::unique_ptr<DeskScreen> screen_;  // null: there is none
  std::map<std::string, Timestamp> next_log_;
  std::optional<Timestamp> discard_by_;
  std::string said_;
  Timestamp said_until_;
  int num_marks_ = 0;
};

}  // namespace

void describe(ConfigVisitor& v, HotkeyConfig& config) {
  v.field("success", &config.success);
  v.field("failure", &config.failure);
  v.field("pause", &config.pause);
  v.field("mark", &config.mark);
  v.field("discard", &config.discard);
}

std::vector<std::string> problems_of(const HotkeyConfig& config, const std::vector<std::string>& world_controls) {
  std::vector<std::string> problems;
  std::vector<std::string> seen;
  for (const NamedKey& key : keys_of(config)) {
    if (key.name->empty()) continue;
    const std::string what = fmt::format("record.hotkeys.{} = \"{}\"", key.field, *key.name);
    if (!find_control(*key.name)) problems.push_back(what + ": there is no such key");
    if (*key.name == kKillKey) problems.push_back(what + ": that is the guard's kill key");
    if (std::find(seen.begin(), seen.end(), *key.name) != seen.end())
      problems.push_back(what + ": another hotkey has it");
    if (std::find(world_controls.begin(), world_controls.end(), *key.name) != world_controls.end())
      problems.push_back(what + ": the game uses that key; choose another, or \"\" for none");
    seen.push_back(*key.name);
  }
  return problems;
}

std::unique_ptr<RecorderDesk> create_recorder_desk(DeskConfig config) {
  return std::make_unique<Desk>(std::move(config));
}

}  // namespace atl::tools
