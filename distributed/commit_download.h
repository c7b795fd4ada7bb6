// A commit on its way to an island, piece by piece, from whoever serves it: what is to be asked for yet, and what has
// come. The first answer tells how long the parts are; those that the island made itself are here. One thread.
#pragma once

#include "distributed/exchange_desk.h"
#include "distributed/sync_messages.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

namespace atl::distributed {

class CommitDownload {
 public:
  struct Piece {
    std::size_t part = 0;
    std::uint64_t offset = 0;
  };

  CommitDownload() = default;
  CommitDownload(std::size_t fragment, std::int64_t version) : fragment_(fragment), version_(version) {}

  [[nodiscard]] std::int64_t version() const { return version_; }
  [[nodiscard]] bool has_head() const { return has_head_; }
  [[nodiscard]] bool is_whole() const { return has_head_ && missing_ == 0; }

  /// What to ask for next, once the head is here; nothing if all is under way.
  [[nodiscard]] std::optional<Piece> next();
  /// It was lost on its way.
  void ask_again(const Piece& piece) { todo_.push_front(piece); }

  /// Whose deltas need not come, and how: an island's own, by the ids that its desk knows.
  struct Own {
    const ExchangeDesk* desk = nullptr;  // null: none is here
    std::string island{};
  };
  /// An answer for `piece`; the first one has the head. `from`: who sent it, for messages. Throws Error(kFormat) for
  /// what is no part of this commit, damage included.
  void put(const SyncConfig& config, std::size_t num_values, const Piece& piece, const FetchedBody& fetched,
           std::span<const std::uint8_t> bytes, const Own& own, const std::string& from);
  /// Once it is whole.
  [[nodiscard]] StoredCommit take() { return std::move(stored_); }

 private:
  void put_head(std::uint64_t expected, const FetchedBody& fetched, const Own& own, const std::string& from);
  [[noreturn]] void refuse(const std::string& from, const std::string& why) const;

  std::size_t fragment_ = 0;
  std::int64_t version_ = 0;
  StoredCommit stored_{};
  bool has_head_ = false;
  std::deque<Piece> todo_{};
  std::size_t missing_ = 0;  // bytes
};

}  // namespace atl::distributed
