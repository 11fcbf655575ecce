#include "core/files/atomic_file.h"

#include "core/training/error.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

namespace unrolled {

namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& expected)
{
    const int error = errno;
    const std::string found = error == ENOENT                     ? "no such file"
                              : error == EISDIR                   ? "a directory"
                              : error == EACCES || error == EPERM ? "no permission"
                                                                  : std::strerror(error);
    throw InputError(file.string(), "", found, expected);
}

/// Holds back the signals that end a program while a file is between its temporary name and its own: they
/// arrive when it is done.
class SignalsHeld
{
public:
    SignalsHeld()
    {
        sigset_t held;
        sigemptyset(&held);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
            sigaddset(&held, signal);
        pthread_sigmask(SIG_BLOCK, &held, &m_before);
    }
    ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t m_before;
};

/// An open file under a temporary name, gone again unless it is kept.
class TemporaryFile
{
public:
    explicit TemporaryFile(const std::filesystem::path& target) : m_name(target.string() + ".XXXXXX")
    {
        m_descriptor = ::mkstemp(m_name.data());
    }
    ~TemporaryFile()
    {
        const int error = errno;
        if (m_descriptor >= 0) {
            ::close(m_descriptor);
            ::unlink(m_name.c_str());
        }
        errno = error;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    bool open() const { return m_descriptor >= 0; }

    bool write(std::string_view content) const
    {
        while (!content.empty()) {
            const ssize_t written = ::write(m_descriptor, content.data(), content.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written <= 0)
                return false;
            content.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }

    /// Permissions as `target` has, or as a new file gets them.
    bool adoptPermissions(const std::filesystem::path& target) const
    {
        struct stat status = {};
        mode_t mode = 0;
        if (::stat(target.c_str(), &status) == 0) {
            mode = status.st_mode & 07777;
        } else {
            const mode_t mask = ::umask(0);
            ::umask(mask);
            mode = 0666 & ~mask;
        }
        return ::fchmod(m_descriptor, mode) == 0;
    }

    bool keepAs(const std::filesystem::path& target)
    {
        if (::fsync(m_descriptor) != 0 && errno != EINVAL)
            return false;
        if (::rename(m_name.c_str(), target.c_str()) != 0)
            return false;
        ::close(m_descriptor);
        m_descriptor = -1;
        return true;
    }

private:
    std::string m_name;
    int m_descriptor = -1;
};

bool writeDirectly(const std::filesystem::path& file, std::string_view content)
{
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool good = true;
    while (good && !content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        good = written > 0;
        if (good)
            content.remove_prefix(static_cast<std::size_t>(written));
    }
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return good;
}

} // namespace

void writeFile(const std::filesystem::path& file, std::string_view content)
{
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (std::filesystem::is_directory(status))
        throw InputError(file.string(), "", "a directory", "the name of a file to write");
    // A pipe or a device (/dev/stdout, /dev/null) is written to, never replaced.
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        if (!writeDirectly(file, content))
            fail(file, "something that can be written to");
        return;
    }
    // A link stays a link: what it leads to is replaced.
    std::filesystem::path target = file;
    if (std::filesystem::is_symlink(std::filesystem::symlink_status(file, error))) {
        target = std::filesystem::weakly_canonical(file, error);
        if (error)
            target = file;
    }

    const SignalsHeld held;
    TemporaryFile temporary(target);
    if (!temporary.open())
        fail(file, "a file that can be written");
    if (!temporary.write(content) || !temporary.adoptPermissions(target) || !temporary.keepAs(target))
        fail(file, "a file that can be written");
}

std::string readFile(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        fail(file, "a file that can be read");
    std::string content;
    struct stat status = {};
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        content.reserve(static_cast<std::size_t>(status.st_size));
    char buffer[65536];
    for (;;) {
        const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            const int error = errno;
            ::close(descriptor);
            errno = error;
            fail(file, "a file that can be read");
        }
        if (count == 0)
            break;
        content.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(descriptor);
    return content;
}

} // namespace unrolled
