#include "distributed/commit_download.h"

#include "core/error.h"

#include <fmt/format.h>

#include <algorithm>

namespace atl::distributed {

std::optional<CommitDownload::Piece> CommitDownload::next() {
  if (todo_.empty()) return std::nullopt;
  const Piece piece = todo_.front();
  todo_.pop_front();
  return piece;
}

void CommitDownload::refuse(const std::string& from, const std::string& why) const {
  fail(ErrorKind::kFormat, "{} sent a commit of version {} of fragment {} that is not right: {}", from, version_,
       fragment_, why);
}

void CommitDownload::put_head(std::uint64_t expected, const FetchedBody& fetched, const Own& own,
                              const std::string& from) {
  stored_ = {.commit = fetched.commit, .form = fetched.form};
  const std::size_t parts = num_parts(stored_.form, stored_.commit);
  if (stored_.commit.version != version_ || stored_.commit.fragment != fragment_ || fetched.sizes.size() != parts ||
      parts == 0)
    refuse(from, "its head is of another commit");
  for (const std::string& size : fetched.sizes)
    if (size != std::to_string(expected)) refuse(from, fmt::format("a delta of {} bytes, expected {}", size, expected));
  stored_.parts.assign(parts, {});
  for (std::size_t i = 0; i < parts; ++i) {
    const bool is_own =
        own.desk != nullptr && stored_.form == DeltaForm::kDeltas && stored_.commit.entries[i].island == own.island;
    const std::shared_ptr<const Bytes> bytes =
        is_own ? own.desk->own_bytes(fragment_, stored_.commit.entries[i].push) : nullptr;
    stored_.parts[i] = bytes ? *bytes : Bytes(expected);
    if (bytes) continue;
    missing_ += expected;
    for (std::uint64_t at = i == 0 ? kChunkBytes : 0; at < expected; at += kChunkBytes) todo_.push_back({i, at});
  }
  has_head_ = true;
}

void CommitDownload::put(const SyncConfig& config, std::size_t num_values, const Piece& piece,
                         const FetchedBody& fetched, std::span<const std::uint8_t> bytes, const Own& own,
                         const std::string& from) {
  if (crc_of(bytes) != fetched.crc) refuse(from, "a checksum does not fit its bytes");
  const DeltaCodecConfig codec = codec_of(has_head_ ? stored_.form : fetched.form, config);
  if (!has_head_) put_head(encoded_bytes(codec, num_values), fetched, own, from);
  if (piece.part >= stored_.parts.size()) refuse(from, fmt::format("part {} of {}", piece.part, stored_.parts.size()));
  Bytes& target = stored_.parts[piece.part];
  if (bytes.size() > target.size() - std::min<std::uint64_t>(piece.offset, target.size()) || bytes.size() > missing_)
    refuse(from, fmt::format("{} bytes from {} on of a part of {}", bytes.size(), piece.offset, target.size()));
  std::ranges::copy(bytes, target.begin() + static_cast<std::ptrdiff_t>(piece.offset));
  missing_ -= bytes.size();
  if (missing_ > 0) return;
  for (const Bytes& one : stored_.parts) static_cast<void>(check_delta(codec, one, num_values));
}

}  // namespace atl::distributed
