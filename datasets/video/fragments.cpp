#include "datasets/video/fragments.h"

#include "core/error.h"
#include "datasets/mcap_format.h"
#include "datasets/video/big_endian.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <utility>

namespace atl::video {
namespace {

constexpr std::size_t kWindowBytes = 1024;  // most fragments' seal, index and header of data
constexpr std::uint64_t kMaxIndexBytes = 64 << 20;
constexpr std::uint32_t kMostAlike = 1 << 16;  // pictures of a fragment that tells nothing of each
constexpr std::array<std::string_view, 7> kHeaderBoxes{"ftyp", "styp", "moov", "free", "skip", "sidx", "mdat"};

std::string_view type_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
}

// The boxes inside a box, one after the other.
class Children {
 public:
  Children(std::span<const std::uint8_t> content, const std::string& what) : left_(content), what_(what) {}

  [[nodiscard]] bool next(std::string_view& type, std::span<const std::uint8_t>& content) {
    if (left_.empty()) return false;
    const std::uint64_t size = left_.size() >= 8 ? big_endian(left_, 0, 4) : 0;
    if (size < 8 || size > left_.size()) fail(ErrorKind::kFormat, "{}: a box in it of {} bytes", what_, size);
    type = type_at(left_, 4);
    content = left_.subspan(8, static_cast<std::size_t>(size) - 8);
    left_ = left_.subspan(static_cast<std::size_t>(size));
    return true;
  }

 private:
  std::span<const std::uint8_t> left_;
  const std::string& what_;
};

// Takes numbers off a box, or refuses.
class Fields {
 public:
  Fields(std::span<const std::uint8_t> content, const std::string& what) : left_(content), what_(what) {}
  std::uint32_t take(std::size_t count) {
    if (left_.size() < count) fail(ErrorKind::kFormat, "{}: a box in it ends too early", what_);
    const auto value = static_cast<std::uint32_t>(big_endian(left_, 0, count));
    left_ = left_.subspan(count);
    return value;
  }
  void skip(std::size_t count) {
    if (left_.size() < count) fail(ErrorKind::kFormat, "{}: a box in it ends too early", what_);
    left_ = left_.subspan(count);
  }
  [[nodiscard]] std::size_t left() const { return left_.size(); }

 private:
  std::span<const std::uint8_t> left_;
  const std::string& what_;
};

// Whether a header says that fragments follow: it has an mvex, 8.8.1.
bool promises_fragments(std::span<const std::uint8_t> header, const std::string& what) {
  std::string_view type;
  std::span<const std::uint8_t> content;
  for (Children boxes(header, what); boxes.next(type, content);) {
    if (type != "moov") continue;
    std::span<const std::uint8_t> inner;
    for (Children parts(content, what); parts.next(type, inner);)
      if (type == "mvex") return true;
  }
  return false;
}

// tfhd, 8.8.7: the size of all pictures that a trun does not tell one by one.
std::uint32_t default_size(std::span<const std::uint8_t> tfhd, const std::string& what) {
  Fields fields(tfhd, what);
  const std::uint32_t flags = fields.take(4) & 0xffffff;
  fields.skip(4);  // track
  if ((flags & 0x1) != 0) fields.skip(8);
  if ((flags & 0x2) != 0) fields.skip(4);
  if ((flags & 0x8) != 0) fields.skip(4);
  return (flags & 0x10) != 0 ? fields.take(4) : 0;
}

// trun, 8.8.8.
void add_sizes(std::span<const std::uint8_t> trun, std::uint32_t otherwise, const std::string& what,
               std::vector<std::uint32_t>& sizes) {
  Fields fields(trun, what);
  const std::uint32_t flags = fields.take(4) & 0xffffff;
  const std::uint32_t count = fields.take(4);
  if ((flags & 0x1) != 0) fields.skip(4);
  if ((flags & 0x4) != 0) fields.skip(4);
  const bool tells_size = (flags & 0x200) != 0;
  const std::size_t before = (flags & 0x100) != 0 ? 4 : 0;
  const std::size_t after = ((flags & 0x400) != 0 ? 4U : 0U) + ((flags & 0x800) != 0 ? 4U : 0U);
  const std::size_t each = before + (tells_size ? 4U : 0U) + after;
  // Pictures that are alike in all, as a single one is, are only counted.
  if (each == 0 ? count > kMostAlike : fields.left() / each < count)
    fail(ErrorKind::kFormat, "{}: {} pictures in {} bytes", what, count, fields.left());
  for (std::uint32_t i = 0; i < count; ++i) {
    fields.skip(before);
    sizes.push_back(tells_size ? fields.take(4) : otherwise);
    fields.skip(after);
  }
}

}  // namespace

std::vector<std::uint32_t> picture_sizes(std::span<const std::uint8_t> moof, const std::string& what) {
  std::vector<std::uint32_t> sizes;
  std::string_view type;
  std::span<const std::uint8_t> content;
  if (moof.size() < 8) fail(ErrorKind::kFormat, "{}: an index of {} bytes", what, moof.size());
  for (Children boxes(moof.subspan(8), what); boxes.next(type, content);) {
    if (type != "traf") continue;
    std::uint32_t otherwise = 0;
    std::span<const std::uint8_t> inner;
    for (Children track(content, what); track.next(type, inner);) {
      if (type == "tfhd") otherwise = default_size(inner, what);
      if (type == "trun") add_sizes(inner, otherwise, what, sizes);
    }
  }
  return sizes;
}

namespace {

class BoxWalk {
 public:
  explicit BoxWalk(const MediaFile& file) : file_(file) {}

  Fragments run() {
    while (at_ < file_.num_bytes() && step()) {
    }
    if (open_ && found_.damage.empty()) found_.list.push_back(*open_);  // its data begin nowhere yet
    found_.readable_bytes = std::min(end_, file_.num_bytes());
    if (header_bytes_ == 0)
      fail(ErrorKind::kFormat, "{} has no whole header{}{}", file_.path().string(), found_.damage.empty() ? "" : ": ",
           found_.damage);
    if (found_.header.empty() && !has_data_) read_header();  // one that is not fragmented needs none
    found_.is_fragmented = !found_.list.empty() || promises_fragments(found_.header, what(0));
    for (const Fragment& fragment : found_.list) {
      if (!fragment.is_whole) break;
      ++found_.count;
      found_.num_pictures += fragment.num_pictures;
      found_.end = fragment.end;
    }
    return std::move(found_);
  }

 private:
  // One box; false: nothing behind it can be read.
  bool step() {
    const std::span<const std::uint8_t> head = bytes(at_, 16);
    if (head.size() < 8) return end_here();
    const std::string_view type = type_at(head, 4);
    const std::uint64_t left = file_.num_bytes() - at_;
    std::uint64_t size = big_endian(head, 0, 4);
    std::uint64_t head_bytes = 8;
    if (size == 1 && head.size() == 16) {
      size = big_endian(head, 8, 8);
      head_bytes = 16;
    }
    if (size == 0 && type == "mdat" && found_.list.empty() && !open_) size = left;  // up to the end of the file
    if (type == "mdat" && open_) return end_fragment(size, head_bytes);
    if (open_) return damaged("a box of another kind where a fragment's data were expected");
    const bool is_header =
        found_.list.empty() && std::find(kHeaderBoxes.begin(), kHeaderBoxes.end(), type) != kHeaderBoxes.end();
    if (!is_header && type != "uuid" && type != "moof" && type != "mfra")
      return damaged("no box of a recording's file: it was cut off, or damaged");
    if (size < head_bytes) return damaged(fmt::format("a box of {} bytes", size));
    if (size > left) return end_here();  // torn
    if (type == "mfra") {
      found_.is_closed = !must_be_sealed();
      return end_here();
    }
    if (type == "moof") return begin_fragment(size);
    if (type == "uuid") return read_seal(size);
    if (seal_ || found_.has_header_seal) return damaged("a box of the header behind it");
    at_ += size;
    has_data_ = has_data_ || type == "mdat";
    header_bytes_ = found_.end = at_;
    return true;
  }

  bool read_seal(std::uint64_t size) {
    if (seal_) return damaged("a second seal");
    if (size > kMaxIndexBytes) return damaged(fmt::format("a seal of {} bytes", size));
    Seal seal;
    try {
      seal = parse_seal(bytes(at_, static_cast<std::size_t>(size)), what(at_));
    } catch (const Error& error) {
      const bool is_headers = found_.list.empty() && !found_.has_header_seal;
      if (error.kind() == ErrorKind::kVersion || is_headers) throw;
      return damaged_so(error.what());
    }
    if (found_.list.empty() && !found_.has_header_seal && seal.picture_crcs.empty()) {
      prove_header(seal);
      at_ += size;
      found_.end = at_;
      return true;
    }
    found_.is_closed = seal.picture_crcs.empty() && seal.first_picture == num_pictures_;
    if (found_.is_closed) return end_here();
    if (found_.list.empty() && !found_.has_header_seal) return damaged("a fragment's seal, but none of the header");
    if (seal.first_picture != num_pictures_)
      return damaged(fmt::format("a seal for picture {}, expected {}", seal.first_picture, num_pictures_));
    seal_ = std::move(seal);
    seal_at_ = at_;
    at_ += size;
    return true;
  }

  void read_header() {
    if (header_bytes_ > kMaxIndexBytes) fail(ErrorKind::kFormat, "{}: a header of {} bytes", what(0), header_bytes_);
    found_.header.resize(static_cast<std::size_t>(header_bytes_));
    found_.header.resize(file_.read(0, found_.header));
  }

  void prove_header(const Seal& seal) {
    read_header();
    if (const std::uint32_t found = datasets::crc32_of(found_.header); found != seal.index_crc)
      fail(ErrorKind::kFormat,
           "{}: its header, bytes 0 to {}, has the CRC-32 {:08x}, expected {:08x}; it was damaged, and nothing in "
           "it can be trusted",
           file_.path().string(), header_bytes_, found, seal.index_crc);
    found_.has_header_seal = true;
  }

  bool begin_fragment(std::uint64_t size) {
    if (size > kMaxIndexBytes) return damaged(fmt::format("an index of {} bytes", size));
    if (must_be_sealed() && !seal_) return damaged("a fragment without its seal");
    const std::span<const std::uint8_t> moof = bytes(at_, static_cast<std::size_t>(size));
    if (seal_) {
      if (const std::uint32_t crc = datasets::crc32_of(moof); crc != seal_->index_crc)
        return damaged(fmt::format("an index of the CRC-32 {:08x}, expected {:08x}", crc, seal_->index_crc));
    }
    try {
      const std::vector<std::uint32_t> sizes = picture_sizes(moof, what(at_));
      data_bytes_ = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
      open_ = Fragment{.begin = seal_ ? seal_at_ : at_, .end = at_ + size, .num_pictures = sizes.size(), .seal = {}};
    } catch (const Error& error) {
      return damaged_so(error.what());
    }
    if (seal_ && seal_->picture_crcs.size() != open_->num_pictures)
      return damaged(
          fmt::format("an index of {} pictures, expected {}", open_->num_pictures, seal_->picture_crcs.size()));
    open_->seal = std::exchange(seal_, std::nullopt);
    at_ += size;
    return true;
  }

  // Older recordings have no seals, or none up to where they were gone on with.
  [[nodiscard]] bool must_be_sealed() const {
    return found_.has_header_seal || (!found_.list.empty() && found_.list.back().seal);
  }

  bool end_fragment(std::uint64_t size, std::uint64_t head_bytes) {
    if (open_->seal ? size != head_bytes + data_bytes_ : size < head_bytes)
      return damaged(fmt::format("data of {} bytes, expected {}", size, head_bytes + data_bytes_));
    const std::uint64_t left = file_.num_bytes() - at_;
    open_->is_whole = size <= left;
    at_ += std::min(size, left);
    open_->end = at_;
    num_pictures_ += open_->num_pictures;
    found_.list.push_back(std::move(*open_));
    open_.reset();
    return found_.list.back().is_whole;
  }

  // What was begun and cannot be trusted is left out.
  bool end_here() {
    end_ = seal_ ? seal_at_ : at_;
    seal_.reset();
    return false;
  }
  bool damaged(std::string_view reason) { return damaged_so(fmt::format("{}: {}", what(at_), reason)); }
  bool damaged_so(std::string reason) {
    found_.damage = std::move(reason);
    end_ = open_ ? open_->begin : seal_ ? seal_at_ : at_;
    return false;
  }

  [[nodiscard]] std::string what(std::uint64_t at) const {
    return fmt::format("{}: at byte {}", file_.path().string(), at);
  }

  // `count` bytes of the file, fewer at its end; valid until the next call.
  std::span<const std::uint8_t> bytes(std::uint64_t at, std::size_t count) {
    if (at < window_at_ || at + count > window_at_ + window_.size()) {
      window_.resize(std::max(count, kWindowBytes));
      window_.resize(file_.read(at, window_));
      window_at_ = at;
    }
    const auto begin = static_cast<std::size_t>(at - window_at_);
    return std::span(window_).subspan(begin, std::min(count, window_.size() - begin));
  }

  const MediaFile& file_;
  Fragments found_;
  std::uint64_t at_ = 0;
  std::uint64_t header_bytes_ = 0;
  std::uint64_t end_ = UINT64_MAX;  // of what can be read, where that is not the end of the file
  std::optional<Seal> seal_;        // of what comes next
  std::uint64_t seal_at_ = 0;
  std::optional<Fragment> open_;  // its index was read, its data come next
  std::uint64_t data_bytes_ = 0;  // that its index tells of
  std::uint64_t num_pictures_ = 0;
  bool has_data_ = false;  // before any fragment
  std::vector<std::uint8_t> window_;
  std::uint64_t window_at_ = 0;
};

}  // namespace

Fragments find_fragments(const MediaFile& file) { return BoxWalk(file).run(); }

Fragments find_fragments(const std::filesystem::path& path) { return find_fragments(MediaFile(path)); }

}  // namespace atl::video
