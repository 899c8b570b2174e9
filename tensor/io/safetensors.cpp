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

struct Header {
  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;
};

/// Reads a header as it goes by: {"NAME": {"dtype": …, "shape": […], "data_offsets": […]}, …}. Throws IoError for all
/// that is not as it should be, keys that come twice included. No JSON tree of it is made: that would take many times
/// the memory of the text, and where memory ends in the midst of it, its destructor ends the process.
class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  HeaderReader(const std::string& path, Header& header) : path_(path), header_(header) {}

  bool null() override { return scalar("null"); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& digits) override { return scalar(digits); }
  bool binary(binary_t&) override { return true; }  // there is none in a text
  bool number_unsigned(number_unsigned_t value) override {
    if (list_ == nullptr || keys_.size() != 3) return scalar(std::to_string(value));
    if (list_->size() <= kHighestRank) list_->push_back(value);  // one more than there may be is enough to see
    return true;
  }
  bool string(string_t& text) override {
    if (keys_.size() == 2 && is_metadata_) return header_.metadata.emplace(field_, text).second;
    if (keys_.size() != 2 || field_ != "dtype") return scalar('"' + text + '"');
    dtype_ = text;
    return true;
  }
  bool key(string_t& text) override {
    if (!keys_.back().insert(text).second) malformed("the key '", printable(text), "' comes twice");
    if (keys_.size() == 1) begin(text);
    if (keys_.size() == 2) begin_field(text);
    return true;
  }
  bool start_object(std::size_t) override {
    if (keys_.size() == 1) is_object_ = true;
    else note("{...}");
    return open();
  }
  bool start_array(std::size_t) override {
    if (keys_.size() == 2 && !is_metadata_ && field_ == "shape") list_ = &shape_;
    else if (keys_.size() == 2 && !is_metadata_ && field_ == "data_offsets") list_ = &offsets_;
    else note("[...]");
    return open();
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    malformed(printable(error.what(), kLongestQuote));  // which quotes what the file holds
  }

 private:
  static constexpr const char* kExpectedFields = "expected exactly dtype, shape and data_offsets";
  static constexpr std::size_t kDeepest = 4;  // the header, a tensor, its shape, and one for a clearer message

  template <class... Words>
  [[noreturn]] void malformed(const Words&... words) const {
    fail<IoError>(path_, ": malformed safetensors header: ", words...);
  }

  bool open() {
    if (keys_.size() == kDeepest) malformed("nested too deeply");
    keys_.emplace_back();
    return true;
  }
  bool close() {
    keys_.pop_back();
    if (keys_.size() == 2) list_ = nullptr;
    if (keys_.size() == 1) end();
    return true;
  }
  bool scalar(const std::string& value) {
    note(value);
    if (keys_.size() == 1) end();
    return true;
  }

  /// Keeps what is wrong with a value that is not what it should be.
  void note(const std::string& value) {
    if (!wrong_.empty() || keys_.size() < 2) return;
    const bool is_field = keys_.size() == 2;
    if (is_metadata_) wrong_ = concat("'", printable(field_), "' is no text");
    else if (is_field && field_ == "dtype") wrong_ = concat("unknown dtype ", printable(value));
    else if (is_field && field_ == "shape") wrong_ = concat("shape: expected a list, got ", printable(value));
    else if (is_field) wrong_ = concat(printable(field_), ": expected [begin, end], got ", printable(value));
    else if (list_ != nullptr) wrong_ = concat("expected a number 0, 1, ..., got ", printable(value));
  }

  void begin(const std::string& name) {
    name_ = name;
    is_metadata_ = name == kMetadata;
    is_object_ = false;
    fields_ = 0;
    dtype_.clear();
    shape_.clear();
    offsets_.clear();
    wrong_.clear();
  }

  void begin_field(const std::string& name) {
    field_ = name;
    ++fields_;
    const bool known = name == "dtype" || name == "shape" || name == "data_offsets";
    if (!is_metadata_ && !known && wrong_.empty()) wrong_ = kExpectedFields;
  }

  void end() {
    if (is_metadata_) {
      if (!is_object_) fail<IoError>(path_, ": __metadata__: expected an object of texts");
      if (!wrong_.empty()) fail<IoError>(path_, ": __metadata__: ", wrong_);
    } else {
      header_.entries.push_back(entry(concat(path_, "[", printable(name_), "]")));
    }
  }

  /// The tensor whose fields have been read.
  Entry entry(const std::string& place) const;

  const std::string& path_;
  Header& header_;
  std::vector<std::set<std::string>> keys_;  // of each object that is open; none of lists
  std::string name_, field_;                 // the keys that lead to what comes next
  bool is_metadata_ = false;
  // What has been read of the value of `name_`.
  bool is_object_ = false;
  int fields_ = 0;
  std::string dtype_;
  std::vector<std::uint64_t> shape_, offsets_;
  std::vector<std::uint64_t>* list_ = nullptr;  // that is open
  std::string wrong_;                           // the first thing that is wrong with it
};

std::string listed(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (std::uint64_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return printable("[" + text + "]");
}

Entry HeaderReader::entry(const std::string& place) const {
  if (!is_object_ || fields_ != 3) fail<IoError>(place, ": ", kExpectedFields);
  if (!wrong_.empty()) fail<IoError>(place, ": ", wrong_);
  const auto known =
      std::find_if(std::begin(kDtypes), std::end(kDtypes), [&](const auto& pair) { return dtype_ == pair.first; });
  if (known == std::end(kDtypes)) fail<IoError>(place, ": unknown dtype ", printable('"' + dtype_ + '"'));
  const Encoding encoding = known->second;

  if (shape_.size() > kHighestRank) fail<IoError>(place, ": shape: expected at most ", kHighestRank, " extents");
  constexpr auto kMostBytes = static_cast<std::uint64_t>(std::numeric_limits<i64>::max());
  const std::uint64_t most_elements = kMostBytes / size_of(dtype_of_encoding(encoding));
  std::vector<i64> extents;
  std::uint64_t bytes = size_of(encoding);
  std::uint64_t product = 1;  // without extents of 0, which must not hide an overflow
  for (std::uint64_t n : shape_) {
    if (std::max<std::uint64_t>(n, 1) > most_elements / product) {
      fail<IoError>(place, ": shape ", listed(shape_), " is too large");
    }
    product *= std::max<std::uint64_t>(n, 1);
    bytes *= n;
    extents.push_back(static_cast<i64>(n));
  }
  const Shape shape(extents);

  if (offsets_.size() != 2) fail<IoError>(place, ": data_offsets: expected [begin, end]");
  const std::uint64_t begin = offsets_[0], end = offsets_[1];
  if (begin > end || end - begin != bytes) {
    fail<IoError>(place, ": offsets ", listed(offsets_), " do not hold the ", bytes, " bytes of shape ", shape, " of ",
                  dtype_);
  }
  return {name_, encoding, shape, begin, end};
}

Header read_header(const std::string& path, const std::string& text) {
  Header header;
  HeaderReader reader(path, header);
  if (text.empty() || text[0] != '{') fail<IoError>(path, ": malformed safetensors header: it does not start with {");
  Json::sax_parse(text, &reader);
  return header;
}

/// Puts the entries in the order of their bytes, which must fill [0, `bytes`) without gap or overlap.
void arrange(std::vector<Entry>& entries, const std::string& path, std::uint64_t bytes) {
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
  return with_room(path, length + file.remaining(), [&] {
    Header header = read_header(path, text);
    arrange(header.entries, path, file.remaining());
    Safetensors contents;
    contents.metadata = std::move(header.metadata);
    for (const Entry& entry : header.entries) {
      contents.tensors[entry.name] = read_elements(file, entry.shape, entry.encoding);
    }
    return contents;
  });
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
