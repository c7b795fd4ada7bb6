#include "envs/remote/environment_lane.h"

#include "core/error.h"
#include "envs/snapshots.h"

#include <fmt/format.h>

namespace atl::envs::remote {

using net::Status;
using net::Verb;

EnvironmentLane::EnvironmentLane(std::unique_ptr<SteppedEnvironment> environment)
    : environment_(std::move(environment)) {}

std::shared_ptr<const net::Reply> EnvironmentLane::handle(const net::Request& request) {
  const net::Header& header = request.header;
  if (header.agent_id != 0)
    return net::make_refusal(Status::kUnknown,
                             fmt::format("agent_id {}, expected 0: one player of a world is played from elsewhere, "
                                         "the first; others stand still",
                                         header.agent_id));
  if (header.verb != Verb::kRestore && !request.buffers.empty())
    return net::make_refusal(Status::kTooLarge,
                             fmt::format("the message has 3 parts, {} has 2", to_string(header.verb)));
  const bool is_of_snapshots = header.verb == Verb::kSnapshot || header.verb == Verb::kRestore;
  if (is_of_snapshots && environment_->snapshots() != nullptr) return snapshot(request);
  switch (header.verb) {
    case Verb::kSpec: {
      auto reply = std::make_shared<net::Reply>();
      reply->header.verb = Verb::kSpec;
      reply->body = net::pack(environment_->spec());
      return reply;
    }
    case Verb::kReset: return reset(request);
    case Verb::kStep: return step(request);
    case Verb::kOutcome: return outcome();
    default:
      return net::make_refusal(
          Status::kUnsupported,
          fmt::format("{} is not offered by this world, expected SPEC, RESET, STEP, OUTCOME{} or CLOSE",
                      to_string(header.verb), environment_->snapshots() != nullptr ? ", SNAPSHOT, RESTORE" : ""));
  }
}

EnvironmentLane::ReplyPtr EnvironmentLane::reset(const net::Request& request) {
  const auto body = net::unpack<ResetBody>(request.body, "RESET");
  const std::shared_ptr<net::Reply> reply = draw_target();
  ++episode_;
  is_running_ = false;  // a reset that throws leaves no episode
  last_.reset();
  const Observation observation = environment_->reset(body.seed, body.task);
  is_running_ = true;
  fill(*reply, observation, &environment_->task());
  last_ = reply;
  return reply;
}

EnvironmentLane::ReplyPtr EnvironmentLane::step(const net::Request& request) {
  const net::Header& header = request.header;
  if (!is_running_) return net::make_refusal(Status::kOrder, "STEP before RESET");
  if (header.episode != episode_)
    return net::make_refusal(Status::kOrder,
                             fmt::format("STEP in episode {}, the present one is {}", header.episode, episode_));
  if (header.tick + 1 == tick_ && last_ != nullptr) return last_;  // the same request again: nothing moves
  if (header.tick != tick_)
    return net::make_refusal(Status::kOrder, fmt::format("STEP at tick {}, expected {}{}", header.tick, tick_,
                                                         tick_ > 0 ? ", or the one before again" : ""));
  if (environment_->outcome().is_over())
    return net::make_refusal(Status::kOrder,
                             fmt::format("STEP after the episode's end at tick {}; RESET comes first", tick_));
  const Action action = from_wire(net::unpack<WireAction>(request.body, "STEP"));
  const std::shared_ptr<net::Reply> reply = draw_target();
  is_running_ = false;  // so does a step that throws
  const Observation observation = environment_->step(action);
  is_running_ = true;
  fill(*reply, observation, nullptr);
  spare_ = std::exchange(last_, reply);
  return reply;
}

EnvironmentLane::ReplyPtr EnvironmentLane::outcome() const {
  if (!is_running_) return net::make_refusal(Status::kOrder, "OUTCOME before RESET");
  auto reply = std::make_shared<net::Reply>();
  reply->header.verb = Verb::kOutcome;
  reply->header.tick = tick_;
  reply->header.episode = episode_;
  reply->body = net::pack(environment_->outcome());
  return reply;
}

EnvironmentLane::ReplyPtr EnvironmentLane::snapshot(const net::Request& request) {
  const bool is_restored = request.header.verb == Verb::kRestore;
  if (!is_running_)
    return net::make_refusal(Status::kOrder, fmt::format("{} before RESET", to_string(request.header.verb)));
  if (!is_restored) {
    auto reply = std::make_shared<net::Reply>();
    reply->header.verb = Verb::kSnapshot;
    reply->header.tick = tick_;
    reply->header.episode = episode_;
    reply->buffer = environment_->snapshots()->save();
    return reply;
  }
  if (request.buffers.empty())
    return net::make_refusal(Status::kMalformed, "RESTORE has 2 parts, expected 3: the last is the snapshot");
  const std::shared_ptr<net::Reply> reply = draw_target();
  const Observation observation = environment_->snapshots()->restore(request.buffers[0]);
  // Another number, so that a step that was on its way when the world went back is refused.
  ++episode_;
  fill(*reply, observation, nullptr);
  last_ = nullptr;  // a step of before is no repeated one
  return reply;
}

// An empty reply that the environment draws its next picture into.
std::shared_ptr<net::Reply> EnvironmentLane::draw_target() {
  // use_count is 1 only when the server's thread, which lets go of replies that it has sent, is done with it.
  std::shared_ptr<net::Reply> reply =
      spare_ != nullptr && spare_.use_count() == 1 ? std::move(spare_) : std::make_shared<net::Reply>();
  spare_.reset();
  const FrameSize size = environment_->spec().frame;
  reply->buffer.resize(static_cast<std::size_t>(size.width_px) * static_cast<std::size_t>(size.height_px) *
                       kBytesPerPixel);
  environment_->render_into(reply->buffer);
  return reply;
}

void EnvironmentLane::fill(net::Reply& reply, const Observation& observation, const Task* task) {
  tick_ = observation.step;
  reply.header.verb = Verb::kObs;
  reply.header.tick = observation.step;
  reply.header.episode = episode_;
  reply.header.t_ns = to_ns(observation.time);
  const ImageView& frame = observation.frame;
  if (frame.data != reply.buffer.data()) copy_packed(frame, reply.buffer);
  ObsBody body{std::string(observation.instruction), environment_->outcome(), {}};
  if (task != nullptr) body.task.push_back(*task);
  reply.body = net::pack(body);
}

}  // namespace atl::envs::remote
