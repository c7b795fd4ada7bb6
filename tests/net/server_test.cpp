// A server of echoes over real sockets on loopback: order, credit, limits, pings, clients that leave, keys.
#include "net/server.h"

#include "core/error.h"
#include "core/files.h"
#include "net/client.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <thread>

namespace atl::net {
namespace {

using testing::HasSubstr;

constexpr Duration kLong = std::chrono::seconds(60);

// Holds lanes back until it is opened.
class Gate {
 public:
  void open() {
    {
      const std::lock_guard lock(mutex_);
      is_open_ = true;
    }
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

// Answers with the tick of the request, counted; STEP waits for the gate, RESET at tick 13 fails.
class EchoLane final : public Lane {
 public:
  EchoLane(Gate& gate, std::atomic<int>& alive) : gate_(gate), alive_(alive) { ++alive_; }
  ~EchoLane() override { --alive_; }
  std::shared_ptr<const Reply> handle(const Request& request) override {
    if (request.header.verb == Verb::kStep) gate_.wait();
    if (request.header.verb == Verb::kReset && request.header.tick == 13)
      throw Error(ErrorKind::kEnvironment, "13 is bad luck");
    auto reply = std::make_shared<Reply>();
    reply->header.verb = Verb::kObs;
    reply->header.tick = request.header.tick;
    if (!request.buffers.empty()) reply->buffer.assign(request.buffers[0].begin(), request.buffers[0].end());
    return reply;
  }

 private:
  Gate& gate_;
  std::atomic<int>& alive_;
};

class ServerTest : public testing::Test {
 protected:
  ~ServerTest() override {
    gate_.open();
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void start(ServerOptions options = {}) {
    Service service;
    service.kind = "world";
    service.name = "echo";
    service.max_buffer_bytes = 1000;
    service.create_lane = [this] { return std::make_unique<EchoLane>(gate_, alive_); };
    server_ = std::make_unique<Server>(service, options);
    thread_ = std::thread([this] { server_->run([this] { return stop_.load(); }); });
  }
  [[nodiscard]] ClientOptions client_options() const { return {.address = server_->address()}; }

  template <class Condition>
  [[nodiscard]] static bool eventually(const Condition& holds) {
    const Timestamp deadline = MonotonicClock::now() + kLong;
    while (!holds()) {
      if (MonotonicClock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  Gate gate_;
  std::atomic<int> alive_{0};
  std::atomic<bool> stop_{false};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

using tests::error_of;

TEST_F(ServerTest, GreetsAndAnswersInOrder) {
  start();
  gate_.open();
  Client client(client_options(), "world");
  EXPECT_EQ(client.server().name, "echo");
  EXPECT_EQ(client.server().credit, 2);
  static_cast<void>(client.ask({.verb = Verb::kSpec, .env_id = 3}, Verb::kObs));
  std::vector<std::uint64_t> ids;
  for (std::uint64_t tick : {7U, 8U}) ids.push_back(client.send({.verb = Verb::kStep, .env_id = 3, .tick = tick}));
  for (std::size_t i = 0; i < 2; ++i) {
    const Answer answer = client.wait_answer();
    EXPECT_EQ(answer.header.request_id, ids[i]);
    EXPECT_EQ(answer.header.tick, 7 + i);
    EXPECT_EQ(answer.header.env_id, 3U);
  }
}

TEST_F(ServerTest, BuffersComeThrough) {
  start();
  Client client(client_options(), "world");
  const Bytes bytes{1, 2, 3};
  const Part part(bytes);
  const Answer answer = client.ask({.verb = Verb::kReset}, Verb::kObs, {}, std::span(&part, 1));
  ASSERT_EQ(answer.buffers().size(), 1U);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), answer.buffers()[0].begin(), answer.buffers()[0].end()));
}

TEST_F(ServerTest, PingsAreAnsweredWhileTheWorkersAreBusy) {
  start();
  ClientOptions options = client_options();
  options.patience = std::chrono::seconds(7);  // longer than the silence that counts as death
  Client client(options, "world");
  static_cast<void>(client.ask({.verb = Verb::kSpec}, Verb::kObs));
  client.send({.verb = Verb::kStep});
  const Timestamp begin = MonotonicClock::now();
  EXPECT_THAT(error_of([&] { static_cast<void>(client.wait_answer()); }), HasSubstr("is alive but has not answered"));
  EXPECT_GE(MonotonicClock::now() - begin, options.patience);
  EXPECT_TRUE(client.is_lost());
}

TEST_F(ServerTest, MoreRequestsThanTheCreditWindowAreRefused) {
  start();
  Client client(client_options(), "world");
  static_cast<void>(client.ask({.verb = Verb::kSpec}, Verb::kObs));
  for (std::uint64_t tick = 0; tick < 3; ++tick) client.send({.verb = Verb::kStep, .tick = tick});
  const Answer refused = client.wait_answer();
  EXPECT_EQ(refused.header.verb, Verb::kError);
  EXPECT_EQ(refused.header.status, Status::kCredit);
  EXPECT_THAT(error_of([&] { client.raise(refused); }), HasSubstr("the credit window is 2"));
  gate_.open();
  EXPECT_EQ(client.wait_answer().header.tick, 0U);
  EXPECT_EQ(client.wait_answer().header.tick, 1U);
}

TEST_F(ServerTest, AFailureOfOneRequestIsItsAnswer) {
  start();
  Client client(client_options(), "world");
  EXPECT_THAT(error_of([&] { static_cast<void>(client.ask({.verb = Verb::kReset, .tick = 13}, Verb::kObs)); }),
              HasSubstr("13 is bad luck"));
  EXPECT_EQ(client.ask({.verb = Verb::kReset, .tick = 12}, Verb::kObs).header.tick, 12U);
}

TEST_F(ServerTest, LimitsAreSaid) {
  start({.max_clients = 2, .max_lanes = 3, .max_lanes_per_client = 2});
  Client first(client_options(), "world");
  Client second(client_options(), "world");
  EXPECT_THAT(error_of([&] { Client third(client_options(), "world"); }), HasSubstr("max_clients"));
  const auto spec = [](Client& client, std::uint32_t env_id) {
    static_cast<void>(client.ask({.verb = Verb::kSpec, .env_id = env_id}, Verb::kObs));
  };
  spec(first, 0);
  spec(first, 1);
  EXPECT_THAT(error_of([&] { spec(first, 2); }), HasSubstr("expected below 2"));
  spec(second, 0);
  EXPECT_THAT(error_of([&] { spec(second, 1); }), HasSubstr("all 3 environments of the server are taken"));
  static_cast<void>(first.ask({.verb = Verb::kClose, .env_id = 1}, Verb::kClose));
  spec(second, 1);
}

TEST_F(ServerTest, AnotherKindOfServerIsNotTakenForIt) {
  start();
  EXPECT_THAT(error_of([&] { Client client(client_options(), "policy"); }),
              HasSubstr("serves the world \"echo\", expected a policy"));
}

TEST_F(ServerTest, AClientThatLeavesFreesItsLanes) {
  start();
  {
    Client client(client_options(), "world");
    static_cast<void>(client.ask({.verb = Verb::kSpec, .env_id = 0}, Verb::kObs));
    static_cast<void>(client.ask({.verb = Verb::kSpec, .env_id = 1}, Verb::kObs));
    EXPECT_EQ(alive_, 2);
  }
  EXPECT_TRUE(eventually([&] { return alive_ == 0 && server_->statistics().clients == 0; }));
  EXPECT_EQ(server_->statistics().lanes, 0);
}

TEST_F(ServerTest, AClientThatVanishesFreesItsLanes) {
  start();
  {
    Dealer dealer({server_->address(), std::nullopt});  // leaves without a word
    const Bytes hello = pack(ClientHello{"rude"});
    static_cast<void>(dealer.send({{.verb = Verb::kHello}, hello}));
    ASSERT_TRUE(dealer.wait_receive(MonotonicClock::now() + kLong));
    static_cast<void>(dealer.send({{.verb = Verb::kSpec}}));
    ASSERT_TRUE(dealer.wait_receive(MonotonicClock::now() + kLong));
    EXPECT_EQ(alive_, 1);
  }
  EXPECT_TRUE(eventually([&] { return alive_ == 0; }));
  EXPECT_TRUE(eventually([&] { return server_->statistics().clients_lost == 1; }));
}

TEST_F(ServerTest, ALaneAtWorkWhoseClientLeftCountsUntilItIsDone) {
  start({.max_lanes = 1});
  {
    Client client(client_options(), "world");
    static_cast<void>(client.ask({.verb = Verb::kSpec}, Verb::kObs));
    client.send({.verb = Verb::kStep});
  }
  Client next(client_options(), "world");
  EXPECT_THAT(error_of([&] { static_cast<void>(next.ask({.verb = Verb::kSpec}, Verb::kObs)); }),
              HasSubstr("all 1 environments"));
  gate_.open();
  EXPECT_TRUE(eventually([&] { return server_->statistics().lanes == 0; }));
  static_cast<void>(next.ask({.verb = Verb::kSpec}, Verb::kObs));
}

TEST_F(ServerTest, WhoDidNotSayHelloIsTold) {
  start();
  Dealer dealer({server_->address(), std::nullopt});
  static_cast<void>(dealer.send({{.verb = Verb::kSpec, .request_id = 5}}));
  const std::optional<Parts> parts = dealer.wait_receive(MonotonicClock::now() + kLong);
  ASSERT_TRUE(parts);
  Header header;
  ASSERT_FALSE(decode((*parts)[0], header));
  EXPECT_EQ(header.status, Status::kUnknown);
  EXPECT_EQ(header.request_id, 5U);
  EXPECT_THAT(unpack<ErrorBody>((*parts)[1], "ERROR").reason, HasSubstr("say HELLO first"));
}

TEST(Client, NobodyThereIsAnErrorInBoundedTime) {
  const Timestamp begin = MonotonicClock::now();
  EXPECT_THAT(error_of([] { Client client({.address = "127.0.0.1:9", .silence = std::chrono::seconds(1)}, "world"); }),
              HasSubstr("tcp://127.0.0.1:9 has been silent for"));
  EXPECT_LT(MonotonicClock::now() - begin, kLong);
}

TEST(ServerAddress, BeyondThisMachineKeysAreDemandedOnBothSides) {
  const auto bind = [] { Router router({.address = "tcp://*:*", .keys = std::nullopt}); };
  EXPECT_THAT(error_of(bind), HasSubstr("atoll serve --make-keys"));
  const auto connect = [] { Dealer dealer({"tcp://192.0.2.1:5555", std::nullopt}); };
  EXPECT_THAT(error_of(connect), HasSubstr("atoll serve --make-keys"));
}

TEST(ServerAddress, OneThatIsTakenIsNamed) {
  const Router first({.address = "tcp://127.0.0.1:*", .keys = std::nullopt});
  EXPECT_THAT(error_of([&] { Router second({.address = first.address(), .keys = std::nullopt}); }),
              HasSubstr("cannot serve at " + first.address()));
}

class KeyedServerTest : public ServerTest {
 protected:
  KeyedServerTest() {
    make_keys(folder_.path() / "a");
    make_keys(folder_.path() / "b");
    // All interfaces: what keys are for.
    start({.address = "tcp://*:*", .keys = folder_.path() / "a" / "server"});
    const std::string address = server_->address();
    address_ = "tcp://127.0.0.1" + address.substr(address.rfind(':'));
  }
  [[nodiscard]] std::string connect(const std::filesystem::path& keys) const {
    return error_of([&] {
      Client client({.address = address_, .keys = keys, .silence = std::chrono::seconds(3)}, "world");
      EXPECT_EQ(client.ask({.verb = Verb::kReset, .tick = 4}, Verb::kObs).header.tick, 4U);
    });
  }
  TemporaryFolder folder_;
  std::string address_;
};

TEST_F(KeyedServerTest, ItsOwnClientComesIn) { EXPECT_EQ(connect(folder_.path() / "a" / "client"), ""); }

TEST_F(KeyedServerTest, AClientOfAnotherServerIsRefused) {
  EXPECT_THAT(connect(folder_.path() / "b" / "client"), HasSubstr("silent"));
  // Knowing the server's public key does not help: the client's own must be on the list.
  std::filesystem::copy_file(folder_.path() / "a" / "client" / "server.public",
                             folder_.path() / "b" / "client" / "server.public",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(connect(folder_.path() / "b" / "client"), HasSubstr("does not allow this client's key"));
  EXPECT_EQ(alive_, 0);
}

TEST_F(KeyedServerTest, AClientWithoutKeysIsRefused) {
  EXPECT_THAT(connect({}), HasSubstr("silent"));
  EXPECT_EQ(alive_, 0);
}

}  // namespace
}  // namespace atl::net
