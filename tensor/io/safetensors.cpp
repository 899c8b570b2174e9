#include "tensor/io/safetensors.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "tensor/base/error.h"
#include "tensor/io/elements.h"
#include "tensor/io/room.h"

namespace cadena {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLongestHeader = 100'000'000;  // the limit of the Python library
constexpr std::size_t kHighestRank = 64;
constexpr std::size_t kLongestQuote = 200;  // of what the JSON library says, which is half its own words
constexpr const char* kMetadata = "__metadata__";

// In the order of the format's own table: tensors are stored from its end to its start, so that all are aligned.
constexpr std::pair<const char*, Encoding> kDtypes[] = {
    {"BOOL", Encoding::boolean}, {"U8", Encoding::uint8},    {"I8", Encoding::int8},       {"I16", Encoding::int16},
    {"U16", Encoding::uint16},   {"F16", Encoding::float16}, {"BF16", Encoding::bfloat16}, {"I32", Encoding::int32},
    {"U32", Encoding::uint32},   {"F32", Encoding::float32}, {"F64", Encoding::float64},   {"I64", Encoding::int64},
    {"U64", Encoding::uint64}};

struct Entry {
  std::string name;
  Encoding encoding = Encoding::float32;
  Shape shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Sees a header go by before it is parsed, and throws for keys that come twice and for deep nesting, which the JSON
/// library would accept. Its parser has a callback for such things, but takes time quadratic in the number of keys
/// then.
class HeaderCheck final : public nlohmann::json_sax<Json> {
 public:
  explicit HeaderCheck(const std::string& path) : path_(path) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    fail<IoError>(path_, ": malformed safetensors header: the key '", printable(name), "' comes twice");
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool open() {
    if (keys_.size() == kDeepest) fail<IoError>(path_, ": malformed safetensors header: nested too deeply");
    keys_.emplace_back();
    return true;
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

  static constexpr std::size_t kDeepest = 4;  // the header, a tensor, its shape, and one for a clearer message
  const std::string& path_;
  std::vector<std::set<std::string>> keys_;  // of each object that is open
};

Json parse_header(const std::string& path, const std::string& text) {
  if (text.empty() || text[0] != '{') fail<IoError>(path, ": malformed safetensors header: it does not start with {");
  HeaderCheck check(path);
  Json::sax_parse(text, &check);
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {  // its message quotes what the file holds
    fail<IoError>(path, ": malformed safetensors header: ", printable(error.what(), kLongestQuote));
  }
}

std::uint64_t natural(const std::string& place, const Json& value) {
  if (!value.is_number_unsigned()) fail<IoError>(place, ": expected a number 0, 1, ..., got ", printable(value.dump()));
  return value.get<std::uint64_t>();
}

Entry parse_entry(const std::string& place, const std::string& name, const Json& value) {
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets")) {
    fail<IoError>(place, ": expected exactly dtype, shape and data_offsets");
  }
  Entry entry;
  entry.name = name;
  const Json& dtype = value["dtype"];
  const auto known = std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](const auto& pair) {
    return dtype.is_string() && dtype.get_ref<const std::string&>() == pair.first;
  });
  if (known == std::end(kDtypes)) fail<IoError>(place, ": unknown dtype ", printable(dtype.dump()));
  entry.encoding = known->second;

  constexpr auto kMostBytes = static_cast<std::uint64_t>(std::numeric_limits<i64>::max());
  const std::uint64_t most_elements = kMostBytes / size_of(dtype_of_encoding(entry.encoding));

  const Json& shape = value["shape"];
  if (!shape.is_array() || shape.size() > kHighestRank) {
    fail<IoError>(place, ": shape: expected a list of at most ", kHighestRank, " extents");
  }
  std::vector<i64> extents;
  std::uint64_t bytes = size_of(entry.encoding);
  std::uint64_t product = 1;  // without extents of 0, which must not hide an overflow
  for (const Json& extent : shape) {
    const std::uint64_t n = natural(place, extent);
    if (std::max<std::uint64_t>(n, 1) > most_elements / product) {
      fail<IoError>(place, ": shape ", printable(shape.dump()), " is too large");
    }
    product *= std::max<std::uint64_t>(n, 1);
    bytes *= n;
    extents.push_back(static_cast<i64>(n));
  }
  entry.shape = Shape(extents);

  const Json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2) fail<IoError>(place, ": data_offsets: expected [begin, end]");
  entry.begin = natural(place, offsets[0]);
  entry.end = natural(place, offsets[1]);
  if (entry.begin > entry.end || entry.end - entry.begin != bytes) {
    fail<IoError>(place, ": offsets ", offsets.dump(), " do not hold the ", bytes, " bytes of shape ", entry.shape,
                  " of ", dtype.dump());
  }
  return entry;
}

/// All entries in the order of their bytes, which must fill [0, `bytes`) without gap or overlap.
std::vector<Entry> parse_entries(const std::string& path, const Json& header, std::uint64_t bytes) {
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != kMetadata) entries.push_back(parse_entry(concat(path, "[", printable(name), "]"), name, value));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != at) {
      fail<IoError>(path, "[", printable(entry.name), "]: starts at byte ", entry.begin,
                    entry.begin < at ? ", overlapping" : ", leaving a gap after", " the tensor that ends at ", at);
    }
    at = entry.end;
  }
  if (at != bytes) {
    fail<IoError>(path, at > bytes ? ": truncated" : ": too long", ": the tensors take ", at, " bytes, the file has ",
                  bytes);
  }
  return entries;
}

/// Throws IoError for a header that no reader takes.
void check_length(const std::string& path, std::uint64_t length) {
  if (length <= kLongestHeader) return;
  fail<IoError>(path, ": names and metadata make a header of ", length, " bytes or more, expected at most ",
                kLongestHeader);
}

/// The text as a JSON string. Throws IoError if it is not UTF-8.
std::string quoted(const std::string& path, const std::string& text) {
  try {
    return Json(text).dump();
  } catch (const Json::exception&) {
    fail<IoError>(path, ": a name or text of the metadata is not UTF-8");
  }
}

}  // namespace

Safetensors load_safetensors(const std::string& path) {
  InputFile file(path);
  unsigned char prefix[8];
  file.read(prefix, sizeof prefix);
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | prefix[i];
  if (length > file.remaining() || length > kLongestHeader) {
    fail<IoError>(path, ": the safetensors header claims ", length, " bytes; ", file.remaining(), " are left, and ",
                  kLongestHeader, " allowed");
  }
  const std::string text = file.read_string(length);
  const Json header = with_room(path, length, [&] { return parse_header(path, text); });

  Safetensors contents;
  if (header.contains(kMetadata)) {
    const Json& metadata = header[kMetadata];
    if (!metadata.is_object()) fail<IoError>(path, ": __metadata__: expected an object of texts");
    for (const auto& [key, value] : metadata.items()) {
      if (!value.is_string()) fail<IoError>(path, ": __metadata__: '", printable(key), "' is no text");
      contents.metadata[key] = value.get<std::string>();
    }
  }
  for (const Entry& entry : parse_entries(path, header, file.remaining())) {
    contents.tensors[entry.name] = read_elements(file, entry.shape, entry.encoding);
  }
  return contents;
}

void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  struct Item {
    std::ptrdiff_t rank;  // of its dtype in the table
    const std::string* name;
    Tensor values;
  };
  std::vector<Item> items;
  std::uint64_t length = 0;  // of names and texts, which JSON does not make shorter
  for (const auto& [key, value] : metadata) length += key.size() + value.size();
  for (const auto& [name, x] : tensors) {
    length += name.size();
    if (name == kMetadata) fail<IoError>(path, ": a tensor may not be called __metadata__");
    const Tensor values = for_writing("save_safetensors", x);
    if (values.rank() > static_cast<int>(kHighestRank)) {
      fail<IoError>(path, "[", printable(name), "]: ", values.rank(), " axes, expected at most ", kHighestRank);
    }
    const auto at = std::find_if(std::begin(kDtypes), std::end(kDtypes),
                                 [&](const auto& pair) { return pair.second == encoding_of(values.dtype()); });
    items.push_back({at - std::begin(kDtypes), &name, values});
  }
  check_length(path, length);
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.rank > b.rank; });

  std::string text;  // entry by entry: an ordered JSON object would look for each new key among all others
  const auto put = [&](const std::string& key, const std::string& value) {
    text += (text.empty() ? "{" : ",") + quoted(path, key) + ":" + value;
  };
  std::string texts;
  for (const auto& [key, value] : metadata) {
    texts += (texts.empty() ? "{" : ",") + quoted(path, key) + ":" + quoted(path, value);
  }
  if (!texts.empty()) put(kMetadata, texts + "}");
  std::uint64_t at = 0;
  for (const Item& item : items) {
    const std::uint64_t end = at + bytes_of(item.values).size();
    nlohmann::ordered_json entry;
    entry["dtype"] = kDtypes[item.rank].first;
    entry["shape"] = std::vector<i64>(item.values.shape().begin(), item.values.shape().end());
    entry["data_offsets"] = {at, end};
    put(*item.name, entry.dump());
    at = end;
  }
  text += text.empty() ? "{}" : "}";
  text.append((8 - text.size() % 8) % 8, ' ');
  check_length(path, text.size());
  std::string prefix(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) prefix[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);

  FileWriter file(path);
  file.write(prefix);
  file.write(text);
  for (const Item& item : items) file.write(bytes_of(item.values));
  file.commit();
}

}  // namespace cadena
