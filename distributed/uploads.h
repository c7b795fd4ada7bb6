// Deltas on their way to a syncer, piece by piece: pieces come in order, or are asked for again; a transfer that a
// broken connection ended goes on where it was. One transfer for each island and fragment, so that memory is bounded.
// One thread.
#pragma once

#include "distributed/global_state.h"
#include "distributed/sync_messages.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace atl::distributed {

class Uploads {
 public:
  struct Piece {
    std::string island;
    std::uint64_t incarnation = 0;
    std::size_t fragment = 0;
  };
  struct Result {
    std::uint64_t have = 0;        // bytes that are there
    std::optional<Bytes> whole{};  // all of them, given out once
    std::string refused{};         // why the piece is refused
  };

  /// Adds a piece of a delta of `expected` bytes. A newer id of the same island and fragment takes the place of an
  /// older one. A piece that does not begin where the last one ended is left out.
  [[nodiscard]] Result add(const Piece& piece, const PushBody& body, std::uint64_t expected,
                           std::span<const std::uint8_t> bytes);
  /// Forgets what the island was sending.
  void drop(const std::string& island);
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Transfer {
    std::uint64_t incarnation = 0;
    std::uint64_t id = 0;
    Bytes bytes;
  };
  std::map<std::pair<std::string, std::size_t>, Transfer> transfers_;
};

}  // namespace atl::distributed
