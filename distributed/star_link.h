// The network thread of a star's island: everything that is said to the syncer. Part of star_exchange.cpp.
#pragma once

#include "distributed/commit_download.h"
#include "distributed/exchange_desk.h"
#include "distributed/run_model.h"
#include "distributed/star_exchange.h"
#include "distributed/sync_messages.h"
#include "net/keys.h"
#include "net/socket.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace atl::distributed {

class StarLink {
 public:
  /// Joins on the calling thread (as create_star_exchange says; `has_joined` is false if it should stop), then starts
  /// its own.
  explicit StarLink(const StarOptions& options);
  StarLink(const StarLink&) = delete;
  StarLink& operator=(const StarLink&) = delete;
  ~StarLink();

  [[nodiscard]] bool has_joined() const { return desk_ != nullptr && desk_->has_entered(); }
  [[nodiscard]] ExchangeDesk& desk() { return *desk_; }
  [[nodiscard]] const std::vector<Fragment>& fragments() const { return run_.fragments(); }
  void note(const Beat& beat);
  void leave(Timestamp deadline);

 private:
  // A request under way: sent again if no answer comes.
  struct Request {
    net::Verb verb = net::Verb::kPing;
    std::size_t fragment = 0;
    std::uint64_t push = 0;  // kPush: its id
    std::size_t part = 0;    // kFetch
    std::uint64_t offset = 0;
    Timestamp until{};
  };
  struct Answer {
    net::Header header;
    net::Parts parts;
    [[nodiscard]] net::Part body() const { return parts[1]; }
    [[nodiscard]] net::Part bytes() const { return parts.size() > 2 ? parts[2] : net::Part{}; }
  };
  // A delta on its way: how far it has come.
  struct Upload {
    std::uint64_t id = 0;
    std::uint64_t sent = 0;
    std::uint64_t have = 0;
    bool is_probed = false;  // the syncer has said what it has
    bool is_done = false;
  };
  // Values of a fragment's state, all of one version.
  struct Piece {
    std::size_t begin = 0;
    std::size_t size = 0;
    std::int64_t version = -1;  // not here yet
  };

  // Joining: one question after another.
  void join();
  void meet();
  [[nodiscard]] std::optional<JoinedBody> ask_to_join();
  void send_seed(const JoinedBody& joined);
  [[nodiscard]] std::unique_ptr<GlobalState> take_state(const JoinedBody& joined);
  void take_fragment(GlobalState& state, std::size_t fragment);
  void take_pieces(GlobalState& state, std::size_t fragment, std::vector<Piece>& pieces);
  void put_piece(GlobalState& state, std::size_t fragment, Piece& piece, const Answer& answer) const;
  [[nodiscard]] std::optional<StoredCommit> fetch_whole(std::size_t fragment, std::int64_t version);
  struct Question {
    net::Verb verb = net::Verb::kPing;
    std::size_t fragment = 0;
    std::uint64_t tick = 0;
    Bytes body{};
    net::Part bytes{};
  };
  [[nodiscard]] Answer ask(const Question& question);
  void say(const Question& question, std::uint64_t id);
  [[nodiscard]] std::optional<Answer> hear(Timestamp deadline);
  void follow_config(const JoinedBody& joined);

  // Taking part: many at once.
  void work();
  void wake();
  void turn();
  void send_beat(Timestamp now);
  void send_pushes(std::size_t fragment);
  void send_fetches(std::size_t fragment);
  void receive(Answer answer);
  void take_pushed(const Request& request, const PushedBody& body);
  void take_fetched(const Request& request, const Answer& answer);
  void put_fetched(CommitDownload& download, std::size_t fragment, const CommitDownload::Piece& piece,
                   const FetchedBody& fetched, net::Part bytes) const;
  void drop_late(Timestamp now);
  void welcome(const WelcomeBody& body);
  [[nodiscard]] std::size_t num_under_way(net::Verb verb, std::size_t fragment) const;
  std::uint64_t send(const Request& request, net::Part body, net::Part bytes = {}, std::uint64_t tick = 0);

  [[nodiscard]] bool should_stop() const;

  const StarOptions options_;
  const std::uint64_t process_;
  std::unique_ptr<net::Dealer> dealer_;
  std::size_t address_ = 0;  // index of the one that is dialled
  RunModel run_;
  std::unique_ptr<ExchangeDesk> desk_;
  std::uint64_t next_request_ = 1;
  Timestamp heard_{};
  std::map<std::uint64_t, Request> requests_;
  std::vector<Upload> uploads_{};            // of each fragment
  std::vector<CommitDownload> downloads_{};  // of each fragment
  Timestamp beat_{};
  std::uint64_t asked_leases_ = 0;  // with the last beat
  bool must_join_ = false;
  std::mutex mutex_;  // also of dealer_ where another thread than the one that talks looks at it, or it is replaced
  Beat said_;         // guarded by mutex_
  std::atomic<bool> is_leaving_ = false;
  std::atomic<bool> is_ending_ = false;
  std::thread thread_;
};

}  // namespace atl::distributed
