#include "firmware/service_notifier.hpp"
#include "hal/descriptor.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

namespace firmware {
namespace {

// A service manager's end of the socket.
class Manager {
  public:
    Manager() {
        std::string pattern = testing::TempDir() + "/doorlock-notify-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        const std::string path = directory_ + "/socket";
        fd_ = hal::Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~Manager() {
        ::unsetenv("NOTIFY_SOCKET");
        std::filesystem::remove_all(directory_);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    struct Message {
        std::string text;
        hal::Descriptor passed;
    };
    [[nodiscard]] Message receive() const {
        pollfd ready{fd_.get(), POLLIN, 0};
        if (::poll(&ready, 1, 5000) != 1) return {};
        char text[512];
        alignas(cmsghdr) char control[256];
        iovec part{text, sizeof text};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        const auto size = ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC);
        Message message{std::string(text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))), {}};
        if (const cmsghdr* first = CMSG_FIRSTHDR(&header);
            first != nullptr && first->cmsg_type == SCM_RIGHTS) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(first), sizeof fd);
            message.passed = hal::Descriptor(fd);
        }
        return message;
    }

  private:
    std::string directory_;
    hal::Descriptor fd_;
};

TEST(ServiceNotifierTest, LeavesADescriptorAndWaitsUntilTheManagerHasIt) {
    const Manager manager;
    const ServiceNotifier notifier;
    const hal::Descriptor line(::memfd_create("line", MFD_CLOEXEC));
    Manager::Message stored;
    std::string barrier;
    std::thread systemd([&] {
        stored = manager.receive();
        barrier = manager.receive().text;  // and closes the pipe that came with it
    });
    EXPECT_TRUE(notifier.store("line-1", line.get()));
    systemd.join();
    EXPECT_EQ(stored.text, "FDSTORE=1\nFDNAME=line-1");
    EXPECT_EQ(barrier, "BARRIER=1");
    struct stat ours {};
    struct stat theirs {};
    ASSERT_EQ(::fstat(line.get(), &ours), 0);
    ASSERT_EQ(::fstat(stored.passed.get(), &theirs), 0);
    EXPECT_EQ(ours.st_ino, theirs.st_ino);
}

TEST(ServiceNotifierTest, DoesNotCountOnAManagerThatIsSilent) {
    const Manager manager;
    const ServiceNotifier notifier;
    const hal::Descriptor line(::memfd_create("line", MFD_CLOEXEC));
    EXPECT_FALSE(notifier.store("line-1", line.get()));
}

TEST(ServiceNotifierTest, HasNowhereToLeaveADescriptorWithoutAManager) {
    ::unsetenv("NOTIFY_SOCKET");
    const ServiceNotifier notifier;
    const hal::Descriptor line(::memfd_create("line", MFD_CLOEXEC));
    EXPECT_FALSE(notifier.store("line-1", line.get()));
}

}  // namespace
}  // namespace firmware
