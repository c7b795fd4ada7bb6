// The insides of distributed/syncer.h: what its two sources share. syncer.cpp begins, decides and ends;
// syncer_requests.cpp answers islands.
#pragma once

#include "distributed/commit_log.h"
#include "distributed/commit_store.h"
#include "distributed/global_state.h"
#include "distributed/norm_gate.h"
#include "distributed/rounds.h"
#include "distributed/sync_messages.h"
#include "distributed/syncer.h"
#include "distributed/uploads.h"
#include "distributed/work_thread.h"
#include "net/header.h"
#include "net/pack.h"
#include "net/socket.h"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace atl::distributed {

class Syncer::State {
 public:
  explicit State(const SyncerOptions& options);
  void run(const std::function<bool()>& should_stop);

  [[nodiscard]] const std::string& address() const { return router_.address(); }
  [[nodiscard]] SyncerStatus status() const;

 private:
  using Then = WorkThread::Then;
  using Part = net::Part;

  // Who speaks on a connection.
  struct Session {
    std::string island;
    std::uint64_t incarnation = 0;
    std::string lane{};
  };
  // A request as far as its answer needs it.
  struct Asked {
    std::string peer;
    net::Header header;
  };
  struct HeldFetch {
    Asked asked;
    Session session;
    FetchBody body;
    Timestamp until;
  };
  // The first parameters, on their way here.
  struct Seeding {
    std::string island;
    Timestamp heard{};
    ModelBody model{};
    std::vector<float> values{};
  };
  // The run, once its parameters are there. The worker's: state, log, encoders; the network thread's: all else.
  struct Run {
    Run(const SyncConfig& config, const ModelBody& of, std::size_t keep_bytes);
    ModelBody model;
    GlobalState global;
    std::optional<CommitLog> log{};
    std::vector<MeanEncoder> encoders{};
    Rounds rounds;
    CommitStore store;
    Uploads uploads{};
    // Of each island and fragment, the last delta that came in whole, and what became of it.
    struct Arrived {
      std::uint64_t incarnation = 0;
      std::uint64_t id = 0;
      bool is_judged = false;
      std::string refused{};
    };
    std::map<std::pair<std::string, std::size_t>, Arrived> arrived{};
    std::map<std::tuple<std::string, std::size_t, std::uint64_t>, Bytes>
        pushed{};  // island, fragment, id: not committed
    NormGate norms;
    std::map<std::pair<std::size_t, std::int64_t>, std::vector<HeldFetch>> held{};
    int commits_under_way = 0;
  };

  // syncer.cpp
  void open_folder();
  void begin_run(const Seeding& seeding);
  void decide();
  void step(Commit commit, Timestamp decided);
  void save_if_due(bool now);
  void drop_late_fetches(Timestamp now);
  void publish();
  void note_fault(std::string words);
  void log_event(RunEvent event, Then then = {});
  [[nodiscard]] Timestamp next_wake() const;

  // syncer_requests.cpp
  void receive(net::Router::Incoming incoming);
  void answer_member(const Asked& asked, Part body, std::span<const Part> buffers);
  void hello(const Asked& asked);
  void join(const Asked& asked, const JoinBody& body);
  void join_before_run(const Asked& asked, const JoinBody& body);
  void seed(const Asked& asked, const SeedBody& body, Part bytes);
  void state(const Asked& asked, const StateBody& body);
  void begin(const Asked& asked, const Session& session, const BeatBody& body);
  void beat(const Asked& asked, const Session& session, const BeatBody& body);
  void welcome(const Asked& asked, const Session& session, const BeatBody& body);
  void refuse(const Push& push, const std::string& reason);
  void push(const Asked& asked, const Session& session, const PushBody& body, Part bytes);
  void judge(const Asked& asked, const Push& push, Bytes bytes);
  void fetch(const Asked& asked, const Session& session, const FetchBody& body);
  void reply_commit(const Asked& asked, const Session& session, const FetchBody& body, const StoredCommit& stored);
  void leave(const Asked& asked, const Session& session);
  [[nodiscard]] bool has_fragment(const Asked& asked);

  void reply(const Asked& asked, Part body, Part buffer = {}, std::uint64_t tick = 0);
  void refuse(const Asked& asked, net::Status status, const std::string& reason);

  const SyncerOptions options_;
  const std::string config_text_;
  net::Router router_;
  std::map<std::string, Session> sessions_;  // by peer
  Seeding seeding_;
  std::unique_ptr<Run> run_;
  Timestamp saved_{};
  bool is_saving_ = false;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::uint64_t num_refused_ = 0;
  std::string last_fault_;
  double sync_s_ = 0;
  std::vector<std::string> hashes_;

  mutable std::mutex mutex_;
  SyncerStatus status_;  // guarded by mutex_

  std::optional<WorkThread> work_;  // last: its jobs use all of the above
};

}  // namespace atl::distributed
