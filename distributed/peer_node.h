// The network thread of an island without a master: everything that is said to other leaders, and all that they ask.
// Part of peer_exchange.cpp, which has the trainer's side.
//
//   peer_node.cpp        the thread's turn; sockets; the log
//   peer_node_join.cpp   finding the others; taking the state; beats; leaving
//   peer_node_steps.cpp  making and taking steps: plans, sums, commits
//   peer_node_serve.cpp  what others ask
//
// All of it is repetition: what is missing is asked for until it is there, what changed hands in the meantime is asked
// for elsewhere, and nothing depends on a message arriving.
#pragma once

#include "distributed/commit_download.h"
#include "distributed/commit_store.h"
#include "distributed/exchange_desk.h"
#include "distributed/peer_exchange.h"
#include "distributed/peer_lead.h"
#include "distributed/peer_messages.h"
#include "distributed/replicated_log.h"
#include "distributed/run_model.h"
#include "distributed/work_thread.h"
#include "net/keys.h"
#include "net/socket.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace atl::distributed {

class PeerNode {
 public:
  /// Joins or founds on the calling thread (`has_joined` is false if it should stop), then starts its own.
  PeerNode(const PeerOptions& options, const std::function<void(const std::string&)>& on_address);
  PeerNode(const PeerNode&) = delete;
  PeerNode& operator=(const PeerNode&) = delete;
  ~PeerNode();

  [[nodiscard]] bool has_joined() const { return desk_ != nullptr && desk_->has_entered(); }
  [[nodiscard]] ExchangeDesk& desk() { return *desk_; }
  [[nodiscard]] const std::vector<Fragment>& fragments() const { return run_.fragments(); }
  void note(const Beat& beat);
  void leave(Timestamp deadline);

 private:
  enum class Phase : std::uint8_t {
    kSeeking,   // asks all addresses for a run
    kEntering,  // asks to be let in
    kTaking,    // follows the log and takes the state
    kIn,
    kLeaving,
    kOut,
  };
  // Another leader, or an address where one may be.
  struct Peer {
    std::string address;
    std::unique_ptr<net::Dealer> dealer;
    Timestamp heard{};   // an answer, or something of the log
    Timestamp wanted{};  // last time that something was to be said to it
  };
  // A question under way.
  struct Request {
    std::string address;  // of whom
    net::Verb verb = net::Verb::kPing;
    std::size_t fragment = 0;
    std::uint64_t number = 0;  // PUSH: its id; PLAN: the attempt; GIVE: which download; STATE, FETCH: which piece
    std::uint64_t offset = 0;
    std::size_t part = 0;
    Timestamp until{};
  };
  struct Asked {
    std::string peer;
    net::Header header;
  };
  struct Answer {
    net::Header header;
    net::Parts parts;
    [[nodiscard]] net::Part body() const { return parts[1]; }
    [[nodiscard]] net::Part bytes() const { return parts.size() > 2 ? parts[2] : net::Part{}; }
  };
  // What bytes are of a plan.
  struct Place {
    bool is_sum = false;    // of a shard; else of an entry's delta
    std::size_t index = 0;  // of the shard, or the entry
  };
  // Bytes of a delta or a sum on their way here.
  struct Receipt {
    std::string island;  // that has them
    std::size_t fragment = 0;
    GiveBody what{};  // without offset and size
    std::uint64_t begin = 0;
    std::shared_ptr<Bytes> bytes{};
    std::deque<std::uint64_t> todo{};  // offsets from `begin`
    std::size_t missing = 0;
    std::uint64_t attempt = 0;
    Place place{};
  };
  // A plan that is carried out, of one fragment.
  struct Carrying {
    PeerPlan plan{};
    std::vector<std::shared_ptr<const Bytes>> deltas{};  // of the entries, whole or this island's shard of them
    std::vector<std::shared_ptr<const Bytes>> sums{};    // of the shards
    std::optional<std::size_t> own_shard{};
    bool is_summing = false;
    bool is_joining = false;  // parts are put together, and hashed
    bool is_ready = false;
    std::vector<std::string> hashes{};
    std::shared_ptr<StoredCommit> stored{};
    std::shared_ptr<ErrorFeedback> feedback{};  // of the own shard after it; taken over with the step
  };
  // What a fragment's mean has lost, of the shard that this island makes.
  struct Feedback {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::shared_ptr<ErrorFeedback> state{};
  };
  struct Held {
    Asked asked;
    GiveBody body;
    Timestamp until;
  };
  // Taking the state: a piece of a fragment.
  struct Piece {
    std::size_t begin = 0;
    std::size_t size = 0;
    std::int64_t version = -1;  // not here yet
    bool is_asked = false;
  };

  // peer_node.cpp
  void run();
  void turn();
  void wake();
  void wait(Timestamp now);
  void receive_all();
  void receive(const Answer& answer);
  void follow_log(Timestamp now);
  void follow(const PeerRecord& record, Timestamp now);
  void carry_log();
  void lead(Timestamp now);
  void tend_members(Timestamp now);
  void compact();
  [[nodiscard]] bool should_stop() const;
  Peer& peer_at(const std::string& address);
  std::uint64_t ask(const Request& request, net::Part body, net::Part bytes = {}, std::uint64_t tick = 0);
  void drop_late(Timestamp now);
  [[nodiscard]] const PeerPlace* place_of(std::uint64_t process) const;
  [[nodiscard]] const PeerPlace* leader() const;
  [[nodiscard]] bool is_asking(net::Verb verb, std::size_t fragment) const;

  // peer_node_join.cpp
  void seek(Timestamp now);
  void found(Timestamp now);
  void enter(Timestamp now);
  void joined(const Request& request, const PeerJoinedBody& body);
  void begin_anew(const std::string& why);
  void begin_taking();
  void take_state(Timestamp now);
  void take_piece(const Request& request, const Answer& answer);
  void take_missed_commit(const Request& request, const Answer& answer);
  void finish_fragment();
  void finish_taking();
  void say_beat(Timestamp now);
  void welcome(const WelcomeBody& body);
  void say_leave(Timestamp now);

  // peer_node_steps.cpp
  void announce(Timestamp now);
  void announced(std::size_t fragment, std::uint64_t id, const PushedBody& body);
  void tell_plans(Timestamp now);
  void carry_out(const PeerPlan& plan);
  void begin_receipt(const PeerPlan& plan, const Place& place, std::uint64_t begin, std::uint64_t size);
  void send_receipts(Timestamp now);
  void take_given(const Request& request, const Answer& answer);
  void got(const Receipt& receipt);
  void put_together(std::size_t fragment);
  void sum_shard(std::size_t fragment);
  void join_parts(std::size_t fragment);
  void take_commits(Timestamp now);
  void take_fetched(const Request& request, const Answer& answer);
  void add_commit(std::size_t fragment, StoredCommit stored);
  [[nodiscard]] PlannedBody planned(std::size_t fragment) const;

  // peer_node_serve.cpp
  void serve(net::Router::Incoming incoming);
  void serve_member(const Asked& asked, net::Part body);
  void serve_join(const Asked& asked, const PeerJoinBody& body);
  void let_in(const PeerJoinBody& body);
  void hear_log(const PeerPlace& sender, net::Part bytes);
  [[nodiscard]] WelcomeBody hear_member(net::Verb verb, const PeerSaidBody& body);
  [[nodiscard]] PushedBody hear_push(std::size_t fragment, const PeerPushBody& body);
  void serve_state(const Asked& asked, const StateBody& body);
  void serve_fetch(const Asked& asked, const FetchBody& body);
  [[nodiscard]] bool is_sound(const PeerPlan& plan) const;
  [[nodiscard]] bool give(const Asked& asked, const GiveBody& body, bool is_last);
  void serve_held(Timestamp now);
  [[nodiscard]] bool has_fragment(const Asked& asked);
  void reply(const Asked& asked, net::Part body, net::Part bytes = {}, std::uint64_t tick = 0);
  void refuse(const Asked& asked, net::Status status, const std::string& reason);

  const PeerOptions options_;
  const std::optional<net::ClientKeys> keys_;
  net::Router router_;
  const std::string address_;  // that others dial
  RunModel run_;
  Phase phase_ = Phase::kSeeking;
  std::uint64_t process_ = 0;
  std::optional<ReplicatedLog> log_;
  std::optional<PeerState> agreed_;
  std::optional<PeerLead> lead_;
  std::uint64_t lead_asked_ = 0;  // the term for which this node has written that it leads
  std::uint64_t last_leader_ = 0;
  std::uint64_t compacted_ = 0;
  std::unique_ptr<ExchangeDesk> desk_;
  std::map<std::string, Peer> peers_;               // by address
  std::map<std::uint64_t, std::string> addresses_;  // of processes that spoke
  std::uint64_t next_request_ = 1;
  std::map<std::uint64_t, Request> requests_;
  std::uint64_t incarnation_ = 0;
  bool is_welcome_ = false;    // the leader has said from when on its deltas are taken
  std::string entry_address_;  // where it asks to be let in
  Timestamp said_at_{};        // last question of that kind; or beat
  Timestamp leave_said_at_{};
  Timestamp led_{};  // there was a leader
  std::uint64_t asked_leases_ = 0;

  // Taking the state.
  std::unique_ptr<GlobalState> taken_;
  std::size_t taking_ = 0;  // fragment
  std::vector<Piece> pieces_;
  std::optional<CommitDownload> missed_;
  std::size_t source_ = 0;  // which member it is taken from

  // Steps.
  struct Announced {
    std::uint64_t id = 0;
    std::uint64_t term = 0;
    bool is_done = false;
  };
  std::vector<Announced> announced_;
  std::map<std::size_t, Carrying> carrying_;
  std::map<std::uint64_t, Receipt> receipts_;
  std::uint64_t next_receipt_ = 1;
  std::map<std::size_t, Feedback> feedback_;
  std::vector<CommitDownload> downloads_;
  struct Newest {
    std::vector<std::string> hashes{};
    std::vector<std::string> holders{};
    Timestamp at{};
  };
  std::vector<Newest> newest_;  // of each fragment, the last commit in the log
  std::size_t num_gone_ = 0;    // answers in a row that a commit is gone
  std::optional<CommitStore> store_;
  std::vector<Held> held_;

  // As the leader: when to say it again.
  std::map<std::pair<std::string, std::size_t>, Timestamp> told_{};  // plans, by member and fragment
  std::map<std::uint64_t, Timestamp> let_in_{};                      // by process
  std::map<std::tuple<std::string, std::string, std::uint64_t>, Timestamp> written_{};

  std::mutex mutex_;
  Beat said_;  // guarded by mutex_
  std::atomic<bool> is_leaving_ = false;
  std::atomic<bool> is_ending_ = false;
  std::atomic<bool> has_left_ = false;
  std::optional<WorkThread> work_;
  std::thread thread_;
};

}  // namespace atl::distributed
