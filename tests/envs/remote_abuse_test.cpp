// 10,000 malformed, oversized and replayed messages: each is refused with a reason, and the episode of another client
// goes on as if nothing was.
#include "core/error.h"
#include "envs/remote/wire.h"
#include "envs/snapshots.h"
#include "tests/envs/remote_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

namespace atl::envs::remote {
namespace {

using net::Bytes;
using net::Header;
using net::Status;
using net::Verb;
using testing::HasSubstr;

using Message = std::vector<Bytes>;  // parts

constexpr Duration kLong = std::chrono::minutes(1);

Message message(const Header& header, const Bytes& body = {0x80}) {
  Header whole = header;
  whole.n_parts = 2;
  const auto bytes = net::encode(whole);
  return {Bytes(bytes.begin(), bytes.end()), body};
}

// Of the start of the rude client's episode.
Message restore_message(const Header& header) {
  const auto world = create_playhouse({});
  static_cast<void>(world->reset(1, {}));
  Message parts = message(header);
  parts.push_back(world->snapshots()->save());
  parts[0][48] = 3;  // n_parts
  return parts;
}

// A client without manners: sends parts as they are, and counts what comes back.
class RudeClient {
 public:
  explicit RudeClient(const std::string& address) : dealer_({address, std::nullopt}) {
    static_cast<void>(exchange(message({.verb = Verb::kHello})));
    episode_ = exchange(message({.verb = Verb::kReset}, net::pack(ResetBody{.seed = 1, .task = {}}))).first.episode;
  }

  /// Sends and waits for the one answer: its header, and the reason where it is a refusal.
  std::pair<Header, std::string> exchange(const Message& parts) {
    std::vector<net::Part> views(parts.begin(), parts.end());
    EXPECT_EQ(dealer_.send_raw(views), net::SendResult::kSent);
    while (true) {
      const std::optional<net::Parts> answer = dealer_.wait_receive(MonotonicClock::now() + kLong);
      if (!answer) {
        ADD_FAILURE() << "no answer to a message of " << parts.size() << " parts";
        return {};
      }
      Header header;
      const auto flaw = net::decode((*answer)[0], header);
      EXPECT_FALSE(flaw) << flaw->reason;
      if (header.verb == Verb::kPing && header.request_id == 0) continue;  // the server's own
      if (header.verb != Verb::kError) return {header, ""};
      return {header, net::unpack<net::ErrorBody>((*answer)[1], "ERROR").reason};
    }
  }

  [[nodiscard]] std::uint32_t episode() const { return episode_; }

 private:
  net::Dealer dealer_;
  std::uint32_t episode_ = 0;
};

class RemoteAbuseTest : public RemoteTest {};

TEST_F(RemoteAbuseTest, EachFlawHasItsReason) {
  RudeClient client(server_.address());
  const Header step{.verb = Verb::kStep, .request_id = 77, .tick = 0, .episode = client.episode()};
  struct Case {
    Message parts;
    Status status;
    std::string reason;
  };
  const auto with_byte = [&](std::size_t at, std::uint8_t value) {
    Message parts = message(step);
    parts[0][at] = value;
    return parts;
  };
  Message three = message(step);
  three.push_back(Bytes(10));
  three[0][48] = 3;
  Message many = message(step);
  many.resize(500, Bytes(3));
  many[0][48] = 500 & 0xff;
  many[0][49] = 500 >> 8;
  const std::vector<Case> cases{
      {{Bytes{}}, Status::kMalformed, "0 bytes, expected 64"},
      {{Bytes(1000)}, Status::kMalformed, "1000 bytes, expected 64"},
      {{Bytes(64)}, Status::kMalformed, "expected \"ATLM\""},
      {{message(step)[0]}, Status::kMalformed, "has 1 parts, its header says 2"},
      {with_byte(4, 9), Status::kVersion, "version 9, this side speaks 1"},
      {with_byte(6, 200), Status::kMalformed, "verb 200"},
      {with_byte(6, 6), Status::kUnsupported, "OBS is not offered"},
      {with_byte(6, 9), Status::kMalformed, "RESTORE has 2 parts, expected 3"},
      {with_byte(8, 7), Status::kUnknown, "env_id 7, which is not there"},
      {with_byte(12, 1), Status::kUnknown, "agent_id 1"},
      {with_byte(24, 9), Status::kOrder, "tick 9, expected 0"},
      {with_byte(32, 4), Status::kMalformed, "flags 0x4"},
      {with_byte(36, 2), Status::kMalformed, "status \"version\""},
      {with_byte(52, 9), Status::kOrder, "STEP in episode 9"},
      {with_byte(60, 1), Status::kMalformed, "not zero"},
      {three, Status::kTooLarge, "the message has 3 parts, STEP has 2"},
      {many, Status::kTooLarge, "500 parts, expected 2 to 3"},
      {message(step, Bytes(70000, 0x80)), Status::kTooLarge, "70000 bytes, expected at most 65536"},
      {message(step, Bytes(60000, 0x91)), Status::kMalformed, "expected a map"},
      {message(step, {0x81, 0xa4, 'h', 'e', 'l', 'd', 0x91, 0xcc, 101}), Status::kMalformed,
       "held holds an item that is 101, expected 0 to 100"},
      {message(step, {0x81, 0xa4, 'h', 'e', 'l', 'd', 0x92, 1, 1}), Status::kMalformed, "names control 1 twice"},
      {message(step, {0x81, 0xa7, 'p', 'r', 'e', 's', 's', 'e', 's', 0x91, 1}), Status::kMalformed,
       "control and count by turns"},
      {message(step, {0x81, 0xa7, 'p', 'r', 'e', 's', 's', 'e', 's', 0x92, 1, 4}), Status::kMalformed,
       "4 presses of control 1"},
      {message(step, {0x81, 0xa7, 'p', 'o', 'i', 'n', 't', 'e', 'r', 0x91, 1}), Status::kMalformed,
       "pointer has 1 numbers"},
      {message(step, {0x81, 0xa4, 'h', 'o', 'l', 'd', 0x90}), Status::kMalformed,
       "hold is unknown; the nearest known key is \"held\""},
      {message({.verb = Verb::kSpec, .env_id = 64}), Status::kLimit, "env_id 64, expected below 64"},
      {message({.verb = Verb::kReset, .env_id = 1}, {0x81, 0xa4, 's', 'e', 'e', 'd', 0xff}), Status::kMalformed,
       "seed is -1"},
  };
  for (const Case& c : cases) {
    const auto [header, reason] = client.exchange(c.parts);
    EXPECT_EQ(header.verb, Verb::kError) << c.reason;
    EXPECT_EQ(header.status, c.status) << reason;
    EXPECT_THAT(reason, HasSubstr(c.reason));
  }
  EXPECT_EQ(client.exchange(message(step)).first.verb, Verb::kObs) << "none of them moved the environment";
}

// Valid messages of every kind, with a few bytes of any part changed, parts cut, doubled, added or grown.
Message mutate(Message parts, Random& random) {
  const std::uint32_t num_changes = 1 + random.below(3);
  for (std::uint32_t i = 0; i < num_changes; ++i) {
    Bytes& part = parts[random.below(static_cast<std::uint32_t>(parts.size()))];
    switch (random.below(6)) {
      case 0:
      case 1:
        if (!part.empty())
          part[random.below(static_cast<std::uint32_t>(part.size()))] = static_cast<std::uint8_t>(random());
        break;
      case 2: part.resize(random.below(100)); break;
      case 3: parts.push_back(part); break;
      case 4: part.resize(part.size() + random.below(200000), static_cast<std::uint8_t>(random())); break;
      case 5:
        part.insert(part.begin() + random.below(static_cast<std::uint32_t>(part.size() + 1)),
                    static_cast<std::uint8_t>(random()));
        break;
    }
  }
  return parts;
}

TEST_F(RemoteAbuseTest, TenThousandBadMessagesDisturbNobodyElse) {
  constexpr int kMessages = 10000;
  const std::vector<Action> actions = expert_actions(21);
  const Told expected = play_locally(21, actions);
  const auto world = create_remote_environment(options());
  Told told;
  note(told, world->reset(21, {}), world->outcome());
  told.task = world->task();
  std::size_t step = 0;

  RudeClient rude(server_.address());
  // Ids that no change of a few bytes makes 0, which is the id of the server's own pings.
  constexpr std::uint64_t kId = 0x0101010101010101;
  const Header head{.verb = Verb::kStep, .request_id = kId, .episode = rude.episode()};
  const std::vector<Message> valid{
      message(head, net::pack(to_wire(actions[0]))),
      message({.verb = Verb::kReset, .env_id = 1, .request_id = kId}, net::pack(ResetBody{.seed = 4, .task = {}})),
      message({.verb = Verb::kSpec, .env_id = 2, .request_id = kId}),
      message({.verb = Verb::kHello, .request_id = kId}, net::pack(net::ClientHello{"rude"})),
      message({.verb = Verb::kOutcome, .request_id = kId}),
      message({.verb = Verb::kClose, .env_id = 2, .request_id = kId}),
      message({.verb = Verb::kSnapshot, .request_id = kId}),
      restore_message({.verb = Verb::kRestore, .request_id = kId})};
  Random random(4);
  std::map<Status, int> refused;
  int answered = 0;
  for (int i = 0; i < kMessages; ++i) {
    Message sent;
    if (i % 10 == 0) {
      // A replay of an old step, as it was: nothing of this episode is at tick 1,000.
      Header old = head;
      old.tick = 1000 + static_cast<std::uint64_t>(i);
      sent = message(old, net::pack(to_wire(actions[0])));
    } else {
      sent = mutate(valid[random.below(static_cast<std::uint32_t>(valid.size()))], random);
    }
    const auto [header, reason] = rude.exchange(sent);
    ASSERT_FALSE(testing::Test::HasFailure()) << "message " << i;
    if (header.verb == Verb::kError) {
      ++refused[header.status];
      EXPECT_FALSE(reason.empty());
    } else {
      ++answered;  // the change did not matter, or made another valid message
    }
    // The other client's episode goes on all the while, to its end.
    if (step < actions.size() && i * actions.size() / kMessages >= step) {
      const Observation observation = world->step(actions[step++]);
      note(told, observation, world->outcome());
    }
  }
  while (step < actions.size()) {
    const Observation observation = world->step(actions[step++]);
    note(told, observation, world->outcome());
  }
  expect_equal(told, expected);
  EXPECT_EQ(server_.statistics().clients, 2);
  EXPECT_GT(refused[Status::kMalformed], kMessages / 3);
  EXPECT_GT(refused[Status::kTooLarge], kMessages / 100);
  EXPECT_GE(refused[Status::kOrder], kMessages / 10);
  EXPECT_LT(answered, kMessages / 3);
}

TEST_F(RemoteAbuseTest, APartBeyondTheTransportsBoundCutsItsSenderOffAndNobodyElse) {
  const std::vector<Action> actions = expert_actions(22);
  const auto world = create_remote_environment(options());
  {
    net::Dealer dealer({server_.address(), std::nullopt});
    const Message huge{message({.verb = Verb::kHello})[0], Bytes(std::size_t{1} << 25)};
    const std::vector<net::Part> views(huge.begin(), huge.end());
    EXPECT_EQ(dealer.send_raw(views), net::SendResult::kSent);
    expect_equal(play(*world, 22, actions), play_locally(22, actions));
  }
  EXPECT_EQ(server_.statistics().clients, 1);
}

TEST_F(RemoteAbuseTest, OneThatFloodsWithoutReadingIsNotWaitedFor) {
  const std::vector<Action> actions = expert_actions(23);
  const auto world = create_remote_environment(options());
  net::Dealer flood({server_.address(), std::nullopt});
  const Message hello = message({.verb = Verb::kHello});
  const std::vector<net::Part> views(hello.begin(), hello.end());
  Told told;
  note(told, world->reset(23, {}), world->outcome());
  told.task = world->task();
  for (const Action& action : actions) {
    for (int i = 0; i < 200; ++i) static_cast<void>(flood.send_raw(views));
    const Observation observation = world->step(action);
    note(told, observation, world->outcome());
  }
  expect_equal(told, play_locally(23, actions));
}

}  // namespace
}  // namespace atl::envs::remote
