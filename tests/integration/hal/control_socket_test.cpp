#include "hal/mock/control_socket.hpp"

#include "tests/integration/hal/control_client.hpp"
#include "tests/integration/hal/running_loop.hpp"
#include "tests/integration/hal/temp_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace {

using hal::ControlSocket;

struct ControlSocketTest : testing::Test, RunningLoop {
    TempDirectory directory;
    std::string path = directory.file("control.sock");

    base::Result<std::unique_ptr<ControlSocket>> listen() {
        return ControlSocket::listen(loop, path, [](std::string_view command) -> base::Result<std::string> {
            if (command == "fail") return base::Error{base::Errc::conflict, "it did"};
            if (command == "nothing") return std::string();
            return "heard " + std::string(command);
        });
    }
};

TEST_F(ControlSocketTest, AnswersEachLine) {
    const auto socket = listen();
    ASSERT_TRUE(socket);
    ControlClient client(path);
    ASSERT_TRUE(client.connected());
    client.send("press exit\nfail\nnoth");
    client.send("ing\n");
    const std::string expected = "ok heard press exit\nerror it did\nok\n";
    EXPECT_TRUE(run_until([&] { return client.received().size() >= expected.size(); }));
    EXPECT_EQ(client.received(), expected);
}

TEST_F(ControlSocketTest, IsForItsOwnerAlone) {
    const auto socket = listen();
    ASSERT_TRUE(socket);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ControlSocketTest, EndsAClientWhoseLineIsTooLong) {
    const auto socket = listen();
    ASSERT_TRUE(socket);
    ControlClient client(path);
    client.send(std::string(2000, 'x'));
    EXPECT_TRUE(run_until([&] { return client.closed(); }));
    EXPECT_TRUE(client.received().empty() || client.received().starts_with("error a command has at most"));
}

TEST_F(ControlSocketTest, BoundsItsClients) {
    const auto socket = listen();
    ASSERT_TRUE(socket);
    std::vector<std::unique_ptr<ControlClient>> clients;
    clients.reserve(16);
    for (int i = 0; i < 16; ++i)
        clients.push_back(std::make_unique<ControlClient>(path));
    EXPECT_TRUE(run_until([&] {
        for (const auto& client : clients)
            client->send("x\n");
        return !clients.back()->received().empty();
    }));
    ControlClient late(path);
    EXPECT_TRUE(run_until([&] { return late.closed(); }));
    clients.pop_back();
    run_for(std::chrono::milliseconds(10));
    ControlClient next(path);
    next.send("x\n");
    EXPECT_TRUE(run_until([&] { return !next.received().empty(); }));
}

TEST_F(ControlSocketTest, ReplacesASocketThatNobodyListensOnAndRemovesItsOwn) {
    {
        const auto first = listen();
        ASSERT_TRUE(first);
        std::filesystem::rename(path, path + ".kept");
    }
    std::filesystem::rename(path + ".kept", path);  // as after a kill
    {
        const auto socket = listen();
        EXPECT_TRUE(socket);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ControlSocketTest, DoesNotTakeTheSocketOfALivingProcess) {
    const auto first = listen();
    ASSERT_TRUE(first);
    const auto second = listen();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, base::Errc::busy);
}

TEST_F(ControlSocketTest, DoesNotRemoveAFileThatIsNoSocket) {
    std::ofstream(path) << "precious";
    const auto socket = listen();
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, base::Errc::already_exists);
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ControlSocketTest, RefusesAPathThatIsTooLongForASocket) {
    path = directory.file(std::string(200, 'x'));
    const auto socket = listen();
    ASSERT_FALSE(socket);
    EXPECT_NE(socket.error().message.find("1 to 107 bytes"), std::string::npos);
}

}  // namespace
