#include "distributed/uploads.h"

#include <fmt/format.h>

namespace atl::distributed {

Uploads::Result Uploads::add(const Piece& piece, const PushBody& body, std::uint64_t expected,
                             std::span<const std::uint8_t> bytes) {
  if (body.total != expected)
    return {.have = 0, .refused = fmt::format("the delta has {} bytes, expected {}", body.total, expected)};
  if (bytes.size() > kChunkBytes)
    return {.have = 0, .refused = fmt::format("a piece of {} bytes, expected at most {}", bytes.size(), kChunkBytes)};
  if (!bytes.empty() && crc_of(bytes) != body.crc)
    return {.have = 0,
            .refused =
                fmt::format("the bytes from {} on are damaged: their checksum is not {:08x}", body.offset, body.crc)};
  const auto key = std::pair(piece.island, piece.fragment);
  Transfer& transfer = transfers_[key];
  if (transfer.incarnation != piece.incarnation || transfer.id < body.id)
    transfer = {.incarnation = piece.incarnation, .id = body.id, .bytes = {}};
  if (transfer.id > body.id)
    return {.have = 0, .refused = fmt::format("delta {} is sent after delta {}", body.id, transfer.id)};
  if (body.offset == transfer.bytes.size() && bytes.size() <= expected - transfer.bytes.size()) {
    if (transfer.bytes.empty()) transfer.bytes.reserve(expected);
    transfer.bytes.insert(transfer.bytes.end(), bytes.begin(), bytes.end());
  }
  Result result{.have = transfer.bytes.size()};
  if (result.have == expected) {
    result.whole = std::move(transfer.bytes);
    transfers_.erase(key);
  }
  return result;
}

void Uploads::drop(const std::string& island) {
  std::erase_if(transfers_, [&](const auto& transfer) { return transfer.first.first == island; });
}

std::size_t Uploads::bytes() const {
  std::size_t sum = 0;
  for (const auto& [key, transfer] : transfers_) sum += transfer.bytes.capacity();
  return sum;
}

}  // namespace atl::distributed
