#include "tensor/io/npz.h"

#include "tensor/base/error.h"
#include "tensor/io/elements.h"
#include "tensor/io/npy.h"
#include "tensor/io/room.h"

#ifdef CADENA_HAS_ZIP
#include <zip.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>
#endif

namespace cadena {

#ifdef CADENA_HAS_ZIP
namespace {

constexpr std::string_view kSuffix = ".npy";

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};

/// An error of libzip with its message, released at the end of the scope.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ~ZipError() { zip_error_fini(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  zip_error_t* get() { return &error_; }
  const char* message() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

/// Throws IoError for what would come back under another name or not at all: a zip archive counts the bytes of a name,
/// ".npy" included, in 16 bits, ends it at a NUL, and says whether it is UTF-8.
void check_name(const std::string& path, const std::string& name) {
  constexpr std::size_t kLongest = 0xffff - kSuffix.size();
  if (name.size() > kLongest) {
    fail<IoError>(path, ": a name of ", name.size(), " bytes, '", printable(name), "', expected at most ", kLongest);
  }
  if (printable(name, kLongest) != name) {
    fail<IoError>(path, ": the name '", printable(name), "', expected UTF-8 without control characters");
  }
}

/// The name of a member. What is all ASCII is taken as it stands, where libzip would draw control characters as an old
/// PC did.
std::string name_of(const std::string& path, zip_t* archive, zip_uint64_t index) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  const char* name = zip_get_name(archive, index, ZIP_FL_ENC_RAW);
  if (name != nullptr && !std::ranges::all_of(std::string_view(name), is_ascii)) {
    name = zip_get_name(archive, index, ZIP_FL_ENC_GUESS);
  }
  if (name == nullptr) fail<IoError>(path, ": member ", index, " is damaged: ", zip_strerror(archive));
  return name;
}

/// One member, unpacked piece by piece: memory grows with what really comes out, never with what the archive claims.
std::string unpack(const std::string& name, zip_t* archive, zip_uint64_t index, zip_uint64_t claimed) {
  const std::unique_ptr<zip_file_t, Discard> file(zip_fopen_index(archive, index, 0));
  if (!file) fail<IoError>(name, ": cannot be unpacked: ", zip_strerror(archive));
  std::string bytes;
  std::vector<char> piece(1 << 16);
  for (;;) {
    const zip_int64_t got = zip_fread(file.get(), piece.data(), piece.size());
    if (got < 0) fail<IoError>(name, ": cannot be unpacked: ", zip_file_strerror(file.get()));
    if (got == 0) break;
    bytes.append(piece.data(), static_cast<std::size_t>(got));
    if (bytes.size() > claimed) break;
  }
  if (bytes.size() != claimed) fail<IoError>(name, ": unpacks to another size than the ", claimed, " bytes it claims");
  return bytes;
}

}  // namespace

bool has_npz() { return true; }

std::map<std::string, Tensor> load_npz(const std::string& path) {
  InputFile file(path);  // says better than libzip what is wrong with a path
  const std::string bytes = file.read_string(file.remaining());
  if (bytes.empty()) fail<IoError>(path, ": not a zip archive: the file is empty");  // libzip takes it for one
  ZipError error;
  std::unique_ptr<zip_source_t, Discard> source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get()));
  if (!source) fail<IoError>(path, ": ", error.message());
  const std::unique_ptr<zip_t, Discard> archive(
      zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, error.get()));
  if (!archive) {
    const int code = zip_error_code_zip(error.get());
    if (code == ZIP_ER_MEMORY) fail<MemoryError>(path, ": no room in memory for its ", bytes.size(), " bytes");
    fail<IoError>(path, code == ZIP_ER_NOZIP ? ": not a zip archive: " : ": damaged archive: ", error.message());
  }
  (void)source.release();  // the archive owns it now

  std::map<std::string, Tensor> tensors;
  const auto count = static_cast<zip_uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(archive.get(), 0)));
  for (zip_uint64_t i = 0; i < count; ++i) {
    zip_stat_t status;
    if (zip_stat_index(archive.get(), i, 0, &status) != 0 || (status.valid & ZIP_STAT_SIZE) == 0) {
      fail<IoError>(path, ": member ", i, " is damaged: ", zip_strerror(archive.get()));
    }
    std::string name = name_of(path, archive.get(), i);
    const std::string place = concat(path, "[", printable(name), "]");
    const std::string member =
        with_room(place, status.size, [&] { return unpack(place, archive.get(), i, status.size); });
    MemorySource array(place, member);
    if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
    if (!tensors.emplace(name, read_npy(array)).second)
      fail<IoError>(path, ": the name '", printable(name), "' comes twice");
  }
  return tensors;
}

void save_npz(const std::string& path, const std::map<std::string, Tensor>& tensors, bool compress) {
  for (const auto& [name, x] : tensors) check_name(path, name);
  if (tensors.empty()) return write_file(path, std::string("PK\5\6").append(18, '\0'));  // which libzip would refuse to
  std::vector<std::string> members;  // they must outlive the archive
  for (const auto& [name, x] : tensors) {
    const Tensor values = for_writing("save_npz", x);
    members.push_back(npy_header(values).append(bytes_of(values)));
  }
  ZipError error;
  std::unique_ptr<zip_source_t, Discard> buffer(zip_source_buffer_create(nullptr, 0, 0, error.get()));
  if (!buffer) fail<IoError>(path, ": ", error.message());
  std::unique_ptr<zip_t, Discard> archive(zip_open_from_source(buffer.get(), ZIP_TRUNCATE, error.get()));
  if (!archive) fail<IoError>(path, ": ", error.message());
  zip_source_keep(buffer.get());  // the archive owns it now, and we read from it once that is closed
  for (std::size_t i = 0; const auto& [name, x] : tensors) {
    const std::string& bytes = members[i++];
    std::unique_ptr<zip_source_t, Discard> member(zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0));
    const zip_int64_t index =
        !member ? -1 : zip_file_add(archive.get(), concat(name, kSuffix).c_str(), member.get(), ZIP_FL_ENC_UTF_8);
    if (index < 0) fail<IoError>(path, ": cannot add '", printable(name), "': ", zip_strerror(archive.get()));
    (void)member.release();
    zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), compress ? ZIP_CM_DEFLATE : ZIP_CM_STORE,
                             0);
    zip_file_set_mtime(archive.get(), static_cast<zip_uint64_t>(index), 315532800,
                       0);  // 1980: the same bytes each time
  }
  if (zip_close(archive.get()) != 0) fail<IoError>(path, ": ", zip_strerror(archive.get()));
  (void)archive.release();

  zip_stat_t status;
  if (zip_source_stat(buffer.get(), &status) != 0 || zip_source_open(buffer.get()) != 0) {
    fail<IoError>(path, ": ", zip_error_strerror(zip_source_error(buffer.get())));
  }
  std::string bytes(status.size, '\0');
  const zip_int64_t got = zip_source_read(buffer.get(), bytes.data(), bytes.size());
  zip_source_close(buffer.get());
  if (got != static_cast<zip_int64_t>(bytes.size())) fail<IoError>(path, ": the archive could not be put together");
  write_file(path, bytes);
}

#else
namespace {

[[noreturn]] void fail_without_zip(const std::string& path) {
  fail<IoError>(path,
                ": this build has no libzip, which npz needs: install it (Debian: libzip-dev), configure again "
                "with -DCADENA_WITH_ZIP=ON and build; npy and safetensors work without it");
}

}  // namespace

bool has_npz() { return false; }
std::map<std::string, Tensor> load_npz(const std::string& path) { fail_without_zip(path); }
void save_npz(const std::string& path, const std::map<std::string, Tensor>&, bool) { fail_without_zip(path); }

#endif

}  // namespace cadena
