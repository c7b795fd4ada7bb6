#include "agent/safetensors.h"

#include "core/error.h"
#include "core/files.h"

#include <ATen/ops/empty.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>

namespace atl::agent {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // upstream's limit
constexpr std::string_view kMetadataKey = "__metadata__";

struct TypeName {
  std::string_view name;
  at::ScalarType type;
};
constexpr std::array<TypeName, 10> kTypes{{{"F64", at::kDouble},
                                           {"I64", at::kLong},
                                           {"F32", at::kFloat},
                                           {"I32", at::kInt},
                                           {"F16", at::kHalf},
                                           {"BF16", at::kBFloat16},
                                           {"I16", at::kShort},
                                           {"I8", at::kChar},
                                           {"U8", at::kByte},
                                           {"BOOL", at::kBool}}};

std::string_view name_of(at::ScalarType type, const std::string& tensor) {
  for (const TypeName& t : kTypes) {
    if (t.type == type) return t.name;
  }
  fail(ErrorKind::kFormat, "cannot store the tensor {} as safetensors: its type is {}, expected a float, int or bool",
       tensor, c10::toString(type));
}

// What one entry of the header says.
struct Entry {
  std::string name;
  at::ScalarType type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // from the end of the header
  std::uint64_t end = 0;
};

// A file while it is read: its name for messages, and its parts.
struct Source {
  const std::string& name;
  std::string_view header;
  std::string_view data;

  template <class... Args>
  [[noreturn]] void reject(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::kFormat, "cannot read {} as safetensors: {}", name,
         fmt::format(format, std::forward<Args>(args)...));
  }
};

std::uint64_t read_length(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    length |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return length;
}

Source split(std::string_view bytes, const std::string& name) {
  Source source{name, {}, {}};
  if (bytes.size() < kLengthBytes) source.reject("it has {} bytes, expected at least {}", bytes.size(), kLengthBytes);
  const std::uint64_t length = read_length(bytes);
  if (length > kMaxHeaderBytes)
    source.reject("its header would have {} bytes, expected at most {}", length, kMaxHeaderBytes);
  if (length > bytes.size() - kLengthBytes) {
    source.reject("its header would have {} bytes, but {} follow: the file is cut short", length,
                  bytes.size() - kLengthBytes);
  }
  source.header = bytes.substr(kLengthBytes, length);
  source.data = bytes.substr(kLengthBytes + length);
  return source;
}

Json parse_header(const Source& source) {
  std::set<std::string> names;
  std::string repeated;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth == 1 && event == Json::parse_event_t::key && !names.insert(value.get<std::string>()).second)
      repeated = value.get<std::string>();
    return true;
  };
  try {
    Json header = Json::parse(source.header, watch);
    if (!repeated.empty()) source.reject("the tensor {} is named twice, expected once", repeated);
    if (!header.is_object()) source.reject("its header is no JSON object");
    return header;
  } catch (const Json::exception& error) {
    source.reject("its header is no JSON: {}", error.what());
  }
}

const Json& member(const Source& source, const std::string& tensor, const Json& entry, const char* key) {
  if (!entry.is_object() || !entry.contains(key)) source.reject("the tensor {} has no {}", tensor, key);
  return entry[key];
}

std::vector<std::uint64_t> numbers(const Source& source, const std::string& tensor, const Json& entry,
                                   const char* key) {
  const Json& list = member(source, tensor, entry, key);
  const bool is_list =
      list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& n) {
        return n.is_number_unsigned() &&
               n.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
      });
  if (!is_list) source.reject("the tensor {} has {} {}, expected a list of whole numbers", tensor, key, list.dump());
  return list.get<std::vector<std::uint64_t>>();
}

at::ScalarType parse_type(const Source& source, const std::string& tensor, const Json& entry) {
  const Json& dtype = member(source, tensor, entry, "dtype");
  for (const TypeName& t : kTypes) {
    if (dtype.is_string() && dtype.get<std::string>() == t.name) return t.type;
  }
  std::vector<std::string_view> known;
  for (const TypeName& t : kTypes) known.push_back(t.name);
  source.reject("the tensor {} has dtype {}, expected one of {}", tensor, dtype.dump(), fmt::join(known, ", "));
}

Entry parse_entry(const Source& source, const std::string& name, const Json& json) {
  Entry entry{.name = name, .type = parse_type(source, name, json), .shape = {}};
  std::uint64_t bytes = c10::elementSize(entry.type);
  for (const std::uint64_t size : numbers(source, name, json, "shape")) {
    entry.shape.push_back(static_cast<std::int64_t>(size));
    if (__builtin_mul_overflow(bytes, size, &bytes)) source.reject("the tensor {} is larger than any memory", name);
  }
  const std::vector<std::uint64_t> offsets = numbers(source, name, json, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    source.reject("the tensor {} has data_offsets [{}], expected its begin and end", name, fmt::join(offsets, ", "));
  entry.begin = offsets[0];
  entry.end = offsets[1];
  if (entry.end - entry.begin != bytes) {
    source.reject("the tensor {} takes {} bytes, but its shape [{}] of {} needs {}", name, entry.end - entry.begin,
                  fmt::join(entry.shape, ", "), c10::toString(entry.type), bytes);
  }
  return entry;
}

// Tensors fill the data from its first byte to its last, one after the other.
void check_layout(const Source& source, std::vector<Entry>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t filled = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != filled) {
      source.reject("the tensor {} begins at byte {} of the data, expected {}: tensors may not overlap or leave holes",
                    entry.name, entry.begin, filled);
    }
    filled = entry.end;
  }
  if (filled != source.data.size()) {
    source.reject("its tensors take {} bytes, but {} follow the header: the file is {}", filled, source.data.size(),
                  filled > source.data.size() ? "cut short" : "too long");
  }
}

void copy_metadata(const Source& source, const Json& json, std::map<std::string, std::string>& metadata) {
  if (!json.is_object()) source.reject("its {} is no object of strings", kMetadataKey);
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) source.reject("its {} has {} = {}, expected a string", kMetadataKey, key, value.dump());
    metadata[key] = value.get<std::string>();
  }
}

}  // namespace

TensorFile parse_tensors(std::string_view bytes, const std::string& name) {
  const Source source = split(bytes, name);
  const Json header = parse_header(source);
  TensorFile file;
  std::vector<Entry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key == kMetadataKey)
      copy_metadata(source, value, file.metadata);
    else
      entries.push_back(parse_entry(source, key, value));
  }
  check_layout(source, entries);
  for (const Entry& entry : entries) {
    at::Tensor tensor = at::empty(entry.shape, entry.type);
    if (entry.end > entry.begin)
      std::memcpy(tensor.data_ptr(), source.data.data() + entry.begin, entry.end - entry.begin);
    file.tensors[entry.name] = std::move(tensor);
  }
  return file;
}

std::string serialise_tensors(const std::map<std::string, at::Tensor>& tensors,
                              const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<std::string, at::Tensor>> ordered(tensors.begin(), tensors.end());
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.second.element_size() > b.second.element_size(); });
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  std::uint64_t end = 0;
  for (auto& [name, tensor] : ordered) {
    if (name == kMetadataKey)
      fail(ErrorKind::kFormat, "a tensor may not be named {}: choose another name", kMetadataKey);
    const std::uint64_t begin = end;
    end += tensor.nbytes();
    header[name] = {{"dtype", name_of(tensor.scalar_type(), name)},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');  // the data begins aligned
  std::string bytes;
  bytes.reserve(kLengthBytes + text.size() + end);
  for (std::size_t i = 0; i < kLengthBytes; ++i) bytes.push_back(static_cast<char>(text.size() >> (8 * i) & 0xff));
  bytes += text;
  for (const auto& [name, tensor] : ordered) {
    const at::Tensor plain = tensor.detach().cpu().contiguous();
    bytes.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
  }
  return bytes;
}

void save_tensors(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& tensors,
                  const std::map<std::string, std::string>& metadata) {
  write_file_atomically(path, std::string_view(serialise_tensors(tensors, metadata)));
}

TensorFile load_tensors(const std::filesystem::path& path) {
  return parse_tensors(read_text_file(path), path.string());
}

}  // namespace atl::agent
