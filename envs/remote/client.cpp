#include "envs/remote/client.h"

#include "core/error.h"
#include "envs/remote/wire.h"

#include <array>

namespace atl::envs::remote {

using net::Verb;

RemoteWorld::RemoteWorld(const net::ClientOptions& options, int num_environments)
    : client_(options, "world"), slots_(static_cast<std::size_t>(num_environments)) {
  ATOLL_CHECK(num_environments >= 1, "{} environments, expected at least 1", num_environments);
  if (num_environments > client_.server().environments)
    fail(ErrorKind::kNetwork, "{} environments were asked for, {} gives a client {} (max_environments_per_client)",
         num_environments, client_.address(), client_.server().environments);
  const net::Answer answer = client_.ask({.verb = Verb::kSpec}, Verb::kSpec);
  spec_ = net::unpack<EnvironmentSpec>(answer.body(), "SPEC of " + client_.address(), kSpecLimits);
}

RemoteWorld::~RemoteWorld() = default;

const Task& RemoteWorld::task(int environment) const { return slots_.at(static_cast<std::size_t>(environment)).task; }

RemoteWorld::Slot& RemoteWorld::slot_to_send(int environment) {
  ATOLL_CHECK(environment >= 0 && environment < static_cast<int>(slots_.size()), "environment {} of {}", environment,
              slots_.size());
  Slot& slot = slots_[static_cast<std::size_t>(environment)];
  ATOLL_CHECK(!slot.in_flight, "environment {} has a request under way; receive its row first", environment);
  return slot;
}

void RemoteWorld::send(int environment, Asked asked, net::Part body, std::span<const net::Part> buffers) {
  static constexpr std::array<Verb, 4> kVerbs{Verb::kReset, Verb::kStep, Verb::kSnapshot, Verb::kRestore};
  Slot& slot = slot_to_send(environment);
  if (asked == Asked::kReset) slot.episode = 0;
  ATOLL_CHECK(slot.episode != 0 || asked == Asked::kReset, "{} of environment {} outside an episode; reset first",
              to_string(kVerbs[static_cast<std::size_t>(asked)]), environment);
  slot.request = client_.send({.verb = kVerbs[static_cast<std::size_t>(asked)],
                               .env_id = static_cast<std::uint32_t>(environment),
                               .tick = asked == Asked::kReset ? 0 : slot.tick,
                               .episode = slot.episode},
                              body, buffers);
  slot.in_flight = true;
  slot.asked = asked;
}

void RemoteWorld::send_reset(int environment, std::uint64_t seed, const Task& task) {
  send(environment, Asked::kReset, net::pack(ResetBody{seed, task}));
}

void RemoteWorld::send_step(int environment, const Action& action) {
  send(environment, Asked::kStep, net::pack(to_wire(action)));
}

void RemoteWorld::send_save(int environment) { send(environment, Asked::kSave, {}); }

void RemoteWorld::send_restore(int environment, std::span<const std::uint8_t> snapshot) {
  if (snapshot.size() != static_cast<std::size_t>(spec_.snapshot_bytes))
    fail(ErrorKind::kFormat, "snapshot of {} bytes, those of {} have {}", snapshot.size(), client_.address(),
         spec_.snapshot_bytes);
  send(environment, Asked::kRestore, {}, std::array<net::Part, 1>{snapshot});
}

RemoteRow RemoteWorld::wait_row() {
  while (true) {
    net::Answer answer = client_.wait_answer();
    if (answer.header.env_id >= slots_.size()) continue;
    Slot& slot = slots_[answer.header.env_id];
    if (!slot.in_flight || answer.header.request_id != slot.request) continue;  // asked for no more
    slot.in_flight = false;
    // A refused snapshot leaves the episode as it was.
    const bool ends_episode = slot.asked == Asked::kReset || slot.asked == Asked::kStep;
    if (answer.header.verb == Verb::kError && ends_episode) slot.episode = 0;
    client_.raise(answer);
    return slot.asked == Asked::kSave ? take_snapshot(slot, std::move(answer)) : take(slot, std::move(answer));
  }
}

RemoteRow RemoteWorld::take(Slot& slot, net::Answer answer) {
  const std::size_t expected =
      static_cast<std::size_t>(spec_.frame.width_px) * static_cast<std::size_t>(spec_.frame.height_px) * kBytesPerPixel;
  const net::Header& header = answer.header;
  // Going back leads to any tick.
  const std::uint64_t tick =
      slot.asked == Asked::kRestore ? header.tick : (slot.asked == Asked::kReset ? 0 : slot.tick + 1);
  if (header.verb != Verb::kObs || answer.buffers().size() != 1 || answer.buffers()[0].size() != expected ||
      header.tick != tick || header.episode == 0)
    fail(ErrorKind::kFormat,
         "{} answered {} with {} pictures of {} bytes at tick {} of episode {}, expected OBS with one of {} bytes at "
         "tick {}",
         client_.address(), to_string(header.verb), answer.buffers().size(),
         answer.buffers().empty() ? 0 : answer.buffers()[0].size(), header.tick, header.episode, expected, tick);
  ObsBody body = net::unpack<ObsBody>(answer.body(), "OBS of " + client_.address());
  if (slot.asked == Asked::kReset) {
    if (body.task.size() != 1)
      fail(ErrorKind::kFormat, "{} answered RESET with {} tasks, expected 1", client_.address(), body.task.size());
    slot.task = std::move(body.task[0]);
  }
  slot.episode = header.episode;
  slot.tick = tick;
  slot.outcome = std::move(body.outcome);
  slot.instruction = std::move(body.instruction);
  slot.parts = std::move(answer.parts);
  RemoteRow row;
  row.environment = static_cast<int>(header.env_id);
  row.is_first = slot.asked == Asked::kReset;
  row.observation.frame = {slot.parts[2].data(), spec_.frame.width_px, spec_.frame.height_px,
                           std::ptrdiff_t{spec_.frame.width_px} * kBytesPerPixel};
  row.observation.instruction = slot.instruction;
  row.observation.step = slot.tick;
  row.observation.time = from_ns(header.t_ns);
  row.outcome = &slot.outcome;
  return row;
}

RemoteRow RemoteWorld::take_snapshot(Slot& slot, net::Answer answer) {
  if (answer.header.verb != Verb::kSnapshot || answer.buffers().size() != 1)
    fail(ErrorKind::kFormat, "{} answered SNAPSHOT with {} and {} raw parts, expected SNAPSHOT and one",
         client_.address(), to_string(answer.header.verb), answer.buffers().size());
  const auto environment = static_cast<int>(answer.header.env_id);
  slot.parts = std::move(answer.parts);
  RemoteRow row;
  row.environment = environment;
  row.outcome = &slot.outcome;
  row.snapshot = slot.parts[2];
  return row;
}

}  // namespace atl::envs::remote
