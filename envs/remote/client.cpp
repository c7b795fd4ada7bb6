#include "envs/remote/client.h"

#include "core/error.h"
#include "envs/remote/wire.h"

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

void RemoteWorld::send_reset(int environment, std::uint64_t seed, const Task& task) {
  Slot& slot = slot_to_send(environment);
  slot.request = client_.send({.verb = Verb::kReset, .env_id = static_cast<std::uint32_t>(environment)},
                              net::pack(ResetBody{seed, task}));
  slot.in_flight = slot.is_reset = true;
  slot.episode = 0;
}

void RemoteWorld::send_step(int environment, const Action& action) {
  Slot& slot = slot_to_send(environment);
  ATOLL_CHECK(slot.episode != 0, "step of environment {} outside an episode; reset first", environment);
  slot.request = client_.send({.verb = Verb::kStep,
                               .env_id = static_cast<std::uint32_t>(environment),
                               .tick = slot.tick,
                               .episode = slot.episode},
                              net::pack(to_wire(action)));
  slot.in_flight = true;
  slot.is_reset = false;
}

RemoteRow RemoteWorld::wait_row() {
  while (true) {
    net::Answer answer = client_.wait_answer();
    if (answer.header.env_id >= slots_.size()) continue;
    Slot& slot = slots_[answer.header.env_id];
    if (!slot.in_flight || answer.header.request_id != slot.request) continue;  // asked for no more
    slot.in_flight = false;
    if (answer.header.verb == Verb::kError) slot.episode = 0;
    client_.raise(answer);
    return take(slot, std::move(answer));
  }
}

RemoteRow RemoteWorld::take(Slot& slot, net::Answer answer) {
  const std::size_t expected =
      static_cast<std::size_t>(spec_.frame.width_px) * static_cast<std::size_t>(spec_.frame.height_px) * kBytesPerPixel;
  const std::uint64_t tick = slot.is_reset ? 0 : slot.tick + 1;
  const net::Header& header = answer.header;
  if (header.verb != Verb::kObs || answer.buffers().size() != 1 || answer.buffers()[0].size() != expected ||
      header.tick != tick || header.episode == 0)
    fail(ErrorKind::kFormat,
         "{} answered {} with {} pictures of {} bytes at tick {} of episode {}, expected OBS with one of {} bytes at "
         "tick {}",
         client_.address(), to_string(header.verb), answer.buffers().size(),
         answer.buffers().empty() ? 0 : answer.buffers()[0].size(), header.tick, header.episode, expected, tick);
  ObsBody body = net::unpack<ObsBody>(answer.body(), "OBS of " + client_.address());
  if (slot.is_reset) {
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
  row.is_first = slot.is_reset;
  row.observation.frame = {slot.parts[2].data(), spec_.frame.width_px, spec_.frame.height_px,
                           std::ptrdiff_t{spec_.frame.width_px} * kBytesPerPixel};
  row.observation.instruction = slot.instruction;
  row.observation.step = slot.tick;
  row.observation.time = from_ns(header.t_ns);
  row.outcome = &slot.outcome;
  return row;
}

}  // namespace atl::envs::remote
