#include "session/setter.h"

#include <algorithm>
#include <utility>

namespace atl::session {
namespace {

constexpr Duration kShortest = std::chrono::milliseconds(1);  // of an instruction: what is said twice in one moment

}  // namespace

// The session's thread calls all but `picture_from` and `told`.
struct SetterRoom::State {
  State(Setter& s, std::function<void(const std::string&, const WindowGeometry&)> t)
      : setter(s), tell_player(std::move(t)) {}

  Setter& setter;
  const std::function<void(const std::string&, const WindowGeometry&)> tell_player;
  std::function<void(const Instruction&)> write;
  SetterStatus status;
  Instruction first;                // the session's own of this episode
  std::vector<SetterWord> waiting;  // said while no episode ran
  std::string carried;              // what was open when the last episode ended: it holds on after a pause
  std::uint64_t num_episodes = 0;
  mutable std::mutex mutex;
  WindowGeometry window;             // guarded by mutex; of the newest picture
  std::optional<std::string> asked;  // guarded by mutex; nothing: the setter said nothing in this episode

  void picture_from(const Frame& frame) {
    {
      const std::lock_guard lock(mutex);
      window = frame.window;
    }
    setter.show(frame);
  }

  [[nodiscard]] std::optional<std::string> told() const {
    const std::lock_guard lock(mutex);
    return asked;
  }

  void ask(const std::optional<std::string>& text) {
    WindowGeometry place;
    {
      const std::lock_guard lock(mutex);
      asked = text;
      place = window;
    }
    if (tell_player) tell_player(text.value_or(""), place);
  }

  void keep(const Instruction& instruction) {
    if (write) write(instruction);
  }

  // Ends what is open, if anything.
  void close(Timestamp time, SuccessMark mark) {
    if (status.instructions.empty() || status.instructions.back().end) return;
    Instruction& open = status.instructions.back();
    open.end = std::max(time, open.begin + kShortest);
    open.mark = mark;
    keep(open);
  }

  void hear(const SetterWord& word) {
    const Timestamp time = std::max(word.time, status.begin);
    switch (word.kind) {
      case SetterWord::Kind::kSucceeded: close(time, SuccessMark::kSucceeded); return ask("");
      case SetterWord::Kind::kFailed: close(time, SuccessMark::kFailed); return ask("");
      case SetterWord::Kind::kWithdrawn: close(time, SuccessMark::kUnknown); return ask("");
      case SetterWord::Kind::kInstruct: break;
    }
    close(time, SuccessMark::kUnknown);
    // What the session said at first holds until the setter says something else.
    if (status.instructions.empty()) {
      first.end = std::max(time, first.begin + kShortest);
      keep(first);
    }
    const Timestamp free = status.instructions.empty() ? *first.end : *status.instructions.back().end;
    status.instructions.push_back(
        {word.text, std::max(time, free), std::nullopt, InstructionSource::kSetter, SuccessMark::kUnknown});
    keep(status.instructions.back());
    ask(word.text);
  }

  void attend() {
    std::vector<SetterWord> words = setter.poll_words();
    if (words.empty()) return;
    if (!status.in_episode) {
      std::move(words.begin(), words.end(), std::back_inserter(waiting));
      return;
    }
    for (const SetterWord& word : words) hear(word);
    setter.tell(status);
  }

  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) {
    status = {.in_episode = true, .episode = num_episodes++, .begin = start.time, .instructions = {}};
    first = instruction;
    const std::vector<SetterWord> said = std::exchange(waiting, {});
    // Of what was said before, the newest instruction is meant for this episode.
    const auto meant = std::find_if(said.rbegin(), said.rend(),
                                    [](const SetterWord& word) { return word.kind == SetterWord::Kind::kInstruct; });
    ask(std::nullopt);
    if (meant != said.rend())
      hear(*meant);
    else if (start.goes_on && !carried.empty())
      hear({SetterWord::Kind::kInstruct, start.time, carried});
    setter.tell(status);
  }

  // Returns the session's own instruction as it has to end.
  Instruction end(const datasets::EpisodeEnd& end, Instruction instruction) {
    const bool is_open = !status.instructions.empty() && !status.instructions.back().end;
    carried = is_open ? status.instructions.back().text : "";
    close(end.time, SuccessMark::kUnknown);
    if (first.end) {
      instruction.end = first.end;
      instruction.mark = SuccessMark::kUnknown;
    }
    status.in_episode = false;
    ask(std::nullopt);
    setter.tell(status);
    return instruction;
  }
};

namespace {

class WatchedWorld final : public envs::LiveEnvironment {
 public:
  WatchedWorld(std::unique_ptr<envs::LiveEnvironment> world, std::function<void(const Frame&)> show,
               std::function<void()> attend)
      : world_(std::move(world)), show_(std::move(show)), attend_(std::move(attend)) {}

  [[nodiscard]] const envs::EnvironmentSpec& spec() const override { return world_->spec(); }
  std::string reset(std::uint64_t seed, const envs::Task& task) override { return world_->reset(seed, task); }
  [[nodiscard]] std::optional<Frame> observe(Timestamp deadline) override {
    std::optional<Frame> frame = world_->observe(deadline);
    if (frame) show_(*frame);
    return frame;
  }
  void schedule(const TimedChunk& chunk) override { world_->schedule(chunk); }
  [[nodiscard]] std::vector<InputEvent> events() override { return world_->events(); }
  // Asked at each step by the session's thread.
  [[nodiscard]] envs::Outcome outcome() override {
    attend_();
    return world_->outcome();
  }
  [[nodiscard]] envs::LiveHealth* health() override { return world_->health(); }
  [[nodiscard]] envs::Wishes* wishes() override { return world_->wishes(); }
  [[nodiscard]] envs::LiveOracle* oracle() override { return world_->oracle(); }

 private:
  const std::unique_ptr<envs::LiveEnvironment> world_;
  const std::function<void(const Frame&)> show_;
  const std::function<void()> attend_;
};

class ToldPlayer final : public Player {
 public:
  ToldPlayer(std::unique_ptr<Player> player, std::function<std::optional<std::string>()> told)
      : player_(std::move(player)), told_(std::move(told)) {}

  [[nodiscard]] std::string name() const override { return player_->name(); }
  [[nodiscard]] Origin origin() const override { return player_->origin(); }
  [[nodiscard]] PlayerTiming timing() const override { return player_->timing(); }
  void begin(std::uint64_t seed) override { player_->begin(seed); }
  [[nodiscard]] std::vector<Action> act(const envs::Observation& observation, const ControlSet& held_before) override {
    const std::optional<std::string> told = told_();
    envs::Observation seen = observation;
    if (told) seen.instruction = *told;
    return player_->act(seen, held_before);
  }
  [[nodiscard]] const Narrator* narrator() const override { return player_->narrator(); }

 private:
  const std::unique_ptr<Player> player_;
  const std::function<std::optional<std::string>()> told_;
};

class SetterSink final : public EpisodeSink {
 public:
  using Begin = std::function<void(const datasets::EpisodeStart&, const Instruction&)>;
  using End = std::function<Instruction(const datasets::EpisodeEnd&, const Instruction&)>;
  SetterSink(EpisodeSink* inner, Begin begin, End end)
      : inner_(inner), begin_(std::move(begin)), end_(std::move(end)) {}

  void begin(const datasets::EpisodeStart& start, const Instruction& instruction) override {
    if (inner_ != nullptr) inner_->begin(start, instruction);
    begin_(start, instruction);
  }
  void add_frame(const datasets::FrameEntry& entry, ImageView pixels) override {
    if (inner_ != nullptr) inner_->add_frame(entry, pixels);
  }
  void add_action(const datasets::RecordedAction& action) override {
    if (inner_ != nullptr) inner_->add_action(action);
  }
  void add_event(const InputEvent& event) override {
    if (inner_ != nullptr) inner_->add_event(event);
  }
  void add_drop(const datasets::DropNote& drop) override {
    if (inner_ != nullptr) inner_->add_drop(drop);
  }
  void end(const datasets::EpisodeEnd& end, const Instruction& instruction) override {
    const Instruction ended = end_(end, instruction);
    if (inner_ != nullptr) inner_->end(end, ended);
  }

 private:
  EpisodeSink* const inner_;
  const Begin begin_;
  const End end_;
};

}  // namespace

SetterRoom::SetterRoom(Setter& setter,
                       std::function<void(const std::string& text, const WindowGeometry& window)> tell_player)
    : state_(std::make_unique<State>(setter, std::move(tell_player))) {}
SetterRoom::~SetterRoom() = default;

std::unique_ptr<envs::LiveEnvironment> SetterRoom::join(std::unique_ptr<envs::LiveEnvironment> world) {
  return std::make_unique<WatchedWorld>(
      std::move(world), [&s = *state_](const Frame& frame) { s.picture_from(frame); }, [&s = *state_] { s.attend(); });
}

std::unique_ptr<Player> SetterRoom::join(std::unique_ptr<Player> player) {
  return std::make_unique<ToldPlayer>(std::move(player), [&s = *state_] { return s.told(); });
}

std::unique_ptr<EpisodeSink> SetterRoom::join(EpisodeSink* sink, std::function<void(const Instruction&)> write) {
  State& s = *state_;
  s.write = std::move(write);
  return std::make_unique<SetterSink>(
      sink, [&s](const auto& start, const auto& instruction) { s.begin(start, instruction); },
      [&s](const auto& end, const auto& instruction) { return s.end(end, instruction); });
}

}  // namespace atl::session
