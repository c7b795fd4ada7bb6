#include "session/policy_server.h"

#include "core/error.h"
#include "session/policy_wire.h"

#include <fmt/format.h>

#include <mutex>

namespace atl::session {
namespace {

using net::Status;
using net::Verb;

std::size_t picture_bytes(const PolicyContract& contract) {
  return static_cast<std::size_t>(contract.frame_width_px) * static_cast<std::size_t>(contract.frame_height_px) *
         kBytesPerPixel;
}

// What the lanes of one server share.
struct Shared {
  ServedPolicy policy;
  std::mutex create_mutex;
};

// One mind of one client.
class PolicyLane final : public net::Lane {
 public:
  explicit PolicyLane(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  [[nodiscard]] std::shared_ptr<const net::Reply> handle(const net::Request& request) override {
    if (request.header.agent_id != 0)
      return net::make_refusal(Status::kUnknown, fmt::format("agent_id {}, expected 0", request.header.agent_id));
    switch (request.header.verb) {
      case Verb::kSpec: return spec(request);
      case Verb::kReset: return reset(request);
      case Verb::kObs: return act(request);
      default:
        return net::make_refusal(Status::kUnsupported,
                                 fmt::format("{} is not offered by a policy, expected SPEC, RESET, OBS or CLOSE",
                                             to_string(request.header.verb)));
    }
  }

 private:
  using ReplyPtr = std::shared_ptr<const net::Reply>;

  ReplyPtr spec(const net::Request& request) {
    const auto question = net::unpack<PolicyQuestion>(request.body, "SPEC");
    {
      const std::lock_guard lock(shared_->create_mutex);
      policy_ = shared_->policy.create(question.counts_per_turn);
    }
    episode_ = 0;
    auto reply = std::make_shared<net::Reply>();
    reply->header.verb = Verb::kSpec;
    reply->body = net::pack(PolicySpec{shared_->policy.name, policy_->contract()});
    return reply;
  }

  ReplyPtr reset(const net::Request& request) {
    if (policy_ == nullptr) return net::make_refusal(Status::kOrder, "RESET before SPEC");
    policy_->reset(net::unpack<PolicyReset>(request.body, "RESET").seed);
    ++episode_;
    tick_ = 0;
    last_.reset();
    auto reply = std::make_shared<net::Reply>();
    reply->header.verb = Verb::kReset;
    reply->header.episode = episode_;
    return reply;
  }

  ReplyPtr act(const net::Request& request) {
    const net::Header& header = request.header;
    if (policy_ == nullptr || episode_ == 0) return net::make_refusal(Status::kOrder, "OBS before SPEC and RESET");
    if (header.episode != episode_)
      return net::make_refusal(Status::kOrder,
                               fmt::format("OBS in episode {}, the present one is {}", header.episode, episode_));
    if (header.tick + 1 == tick_ && last_ != nullptr) return last_;  // the same question again
    if (header.tick != tick_)
      return net::make_refusal(Status::kOrder, fmt::format("OBS at tick {}, expected {}", header.tick, tick_));
    const PolicyContract& contract = policy_->contract();
    if (request.buffers.size() != 1 || request.buffers[0].size() != picture_bytes(contract))
      return net::make_refusal(Status::kMalformed,
                               fmt::format("OBS with {} bytes of picture, expected {} ({}x{} px, BGRA)",
                                           request.buffers.empty() ? 0 : request.buffers[0].size(),
                                           picture_bytes(contract), contract.frame_width_px, contract.frame_height_px));
    last_ = answer(net::unpack<PolicyObs>(request.body, "OBS"), request.buffers[0].data());
    return last_;
  }

  ReplyPtr answer(const PolicyObs& obs, const std::uint8_t* pixels) {
    const PolicyContract& contract = policy_->contract();
    ControlSet held;
    for (const int index : obs.held) held.set(static_cast<std::size_t>(index));
    const agent::PolicyAnswer decided = policy_->act({pixels, contract.frame_width_px, contract.frame_height_px,
                                                      std::ptrdiff_t{contract.frame_width_px} * kBytesPerPixel},
                                                     obs.instruction, held);
    PolicyChunk chunk;
    for (const Action& action : decided.chunk) chunk.actions.push_back(envs::remote::to_wire(action));
    chunk.goal_probability = decided.goal_probability;
    auto reply = std::make_shared<net::Reply>();
    reply->header.verb = Verb::kSend;
    reply->header.tick = tick_++;
    reply->header.episode = episode_;
    reply->body = net::pack(chunk);
    return reply;
  }

  std::shared_ptr<Shared> shared_;
  std::unique_ptr<agent::Policy> policy_;
  std::uint32_t episode_ = 0;
  std::uint64_t tick_ = 0;  // of the next question
  ReplyPtr last_;
};

}  // namespace

net::Service policy_service(ServedPolicy policy) {
  net::Service service;
  service.kind = "policy";
  service.name = policy.name;
  service.max_buffer_bytes = picture_bytes(policy.contract);
  auto shared = std::make_shared<Shared>();
  shared->policy = std::move(policy);
  service.create_lane = [shared] { return std::make_unique<PolicyLane>(shared); };
  return service;
}

}  // namespace atl::session
