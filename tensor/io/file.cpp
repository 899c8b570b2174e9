#include "tensor/io/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "tensor/base/error.h"
#include "tensor/base/utf8.h"
#include "tensor/io/room.h"

namespace cadena {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;
constexpr std::uint64_t kStep = std::uint64_t{1} << 30;  // read and write take at most 2 GiB a call
constexpr std::size_t kLongestName = 200;  // of a file's own in that of its temporary: file systems allow 255 bytes

std::string reason(int error) { return std::generic_category().message(error); }

/// While it lives a write beyond the limit on the size of files (`ulimit -f`) fails with EFBIG on this thread, where
/// the signal SIGXFSZ would end the process and leave its temporary file behind. A signal that was pending before stays
/// so.
class WithoutSizeSignal {
 public:
  WithoutSizeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGXFSZ);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGXFSZ) == 1;
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~WithoutSizeSignal() {
    const timespec at_once{};  // another thread may take the signal first
    if (!was_pending_) sigtimedwait(&signal_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSizeSignal(const WithoutSizeSignal&) = delete;
  WithoutSizeSignal& operator=(const WithoutSizeSignal&) = delete;

 private:
  sigset_t signal_, before_;
  bool was_pending_;
};

/// Everything up to the last slash; "./" where there is none.
std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

/// Gives a new file the owner, the group and the permissions of the one it will replace, as far as that is allowed.
void take_over(int descriptor, const struct stat& before) {
  constexpr auto kSame = static_cast<uid_t>(-1);  // to give a file to a group one belongs to takes no privilege
  if (fchown(descriptor, before.st_uid, before.st_gid) != 0) {
    [[maybe_unused]] const int kept = fchown(descriptor, kSame, before.st_gid);
  }
  (void)fchmod(descriptor, before.st_mode & 07777);  // last: a change of owner clears the bits of set-user-ID
}

/// Throws IoError for a path with a NUL, at which the system would end it and take another file.
const std::string& check_path(const std::string& path, const char* purpose) {
  if (path.find('\0') == std::string::npos) return path;
  fail<IoError>(printable(path, path.size()), ": cannot ", purpose, ": a path may not hold a NUL");
}

/// The file that `path` leads to: itself, or what its symbolic links point at, there or not yet.
std::string follow_links(const std::string& path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  std::filesystem::path file = path;
  std::error_code error;
  for (int i = 0; std::filesystem::is_symlink(file, error); ++i) {
    if (i == kMostLinks) fail<IoError>(path, ": cannot write: ", reason(ELOOP));
    const auto target = std::filesystem::read_symlink(file, error);
    if (error) fail<IoError>(path, ": cannot write: ", error.message());
    file = file.parent_path() / target;
  }
  return file.string();
}

}  // namespace

void ByteSource::read(void* to, std::uint64_t count) {
  if (count > remaining_) fail<IoError>(name_, ": truncated: ", count, " bytes expected, ", remaining_, " left");
  read_bytes(to, count);
  remaining_ -= count;
}

std::string ByteSource::read_string(std::uint64_t count) {
  if (count > remaining_) fail<IoError>(name_, ": truncated: ", count, " bytes expected, ", remaining_, " left");
  return with_room(name_, count, [&] {
    std::string text(count, '\0');
    read(text.data(), count);
    return text;
  });
}

InputFile::InputFile(const std::string& path)
    : ByteSource(path, 0),
      descriptor_(open(check_path(path, "open for reading").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail<IoError>(path, ": cannot open for reading: ", reason(errno));
  struct stat status {};
  if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor_);
    fail<IoError>(path, ": cannot read: not a regular file");
  }
  set_size(static_cast<std::uint64_t>(status.st_size));
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::read_bytes(void* to, std::uint64_t count) {
  auto* next = static_cast<char*>(to);
  while (count > 0) {
    const ssize_t got = ::read(descriptor_, next, std::min(count, kStep));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail<IoError>(name(), ": cannot read: ", reason(errno));
    if (got == 0) fail<IoError>(name(), ": became shorter while it was read");
    next += got;
    count -= static_cast<std::uint64_t>(got);
  }
}

void MemorySource::read_bytes(void* to, std::uint64_t count) {
  if (count == 0) return;
  std::memcpy(to, bytes_.data(), count);
  bytes_.remove_prefix(count);
}

FileWriter::FileWriter(const std::string& path) : path_(follow_links(check_path(path, "write"))) {
  static std::atomic<unsigned> counter{0};
  struct stat status {};
  const bool exists = stat(path_.c_str(), &status) == 0;
  if (path_.empty() || (exists && !S_ISREG(status.st_mode))) {
    fail<IoError>(path, ": cannot write: not the name of a regular file");
  }
  if (exists && access(path_.c_str(), W_OK) != 0) fail_with(errno);
  const std::string folder = folder_of(path_);
  const std::string name = path_.substr(path_.rfind('/') + 1, kLongestName);
  do {  // a name that is taken was left by a process that died: take the next
    temporary_ = concat(folder, name, ".", getpid(), "-", counter++, ".tmp");
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) fail_with(errno);
  if (exists) take_over(descriptor_, status);
}

FileWriter::~FileWriter() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void FileWriter::write(const void* from, std::uint64_t count) {
  if (buffer_.size() + count > kBuffer) flush();
  if (count > kBuffer) return put(static_cast<const char*>(from), count);
  buffer_.append(static_cast<const char*>(from), count);
}

void FileWriter::flush() {
  put(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void FileWriter::put(const char* next, std::uint64_t count) {
  const WithoutSizeSignal quiet;
  while (count > 0) {
    const ssize_t written = ::write(descriptor_, next, std::min(count, kStep));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_with(written < 0 ? errno : ENOSPC);
    next += written;
    count -= static_cast<std::uint64_t>(written);
  }
}

void FileWriter::commit() {
  flush();
  if (fsync(descriptor_) != 0) fail_with(errno);
  const int closed = close(descriptor_);
  const int close_error = errno;
  descriptor_ = -1;
  if (closed != 0 || rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = closed != 0 ? close_error : errno;
    unlink(temporary_.c_str());
    fail_with(error);
  }
  // The rename itself lasts only once the folder is synced; file systems that cannot do so are left as they are.
  const int descriptor = open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    (void)fsync(descriptor);
    close(descriptor);
  }
}

void FileWriter::fail_with(int error) const {
  fail<IoError>(path_, ": cannot write: ", reason(error), "; nothing there was changed");
}

std::string printable(std::string_view text, std::size_t longest, std::string_view kept) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::string shown;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end) {
    const std::size_t valid = character_length(text.substr(at));
    end = at + std::max<std::size_t>(valid, 1);
    if (end > longest) return shown + "…";
    const bool is_control =
        byte(at) < 0x20 || byte(at) == 0x7f || (byte(at) == 0xc2 && valid == 2 && byte(at + 1) < 0xa0);
    for (std::size_t i = at; i < end; ++i) {
      if (valid > 0 && (!is_control || kept.find(text[i]) != kept.npos)) shown += text[i];
      else shown += {'\\', 'x', "0123456789abcdef"[byte(i) >> 4], "0123456789abcdef"[byte(i) & 15]};
    }
  }
  return shown;
}

std::string read_file(const std::string& path) {
  InputFile file(path);
  return file.read_string(file.remaining());
}

void write_file(const std::string& path, std::string_view text) {
  FileWriter writer(path);
  writer.write(text);
  writer.commit();
}

}  // namespace cadena
