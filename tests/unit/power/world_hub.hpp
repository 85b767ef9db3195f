#pragma once

#include "scheduler/hub/connections.hpp"
#include "scheduler/hub/database.hpp"
#include "scheduler/hub/event_log.hpp"
#include "scheduler/hub/job_store.hpp"
#include "scheduler/hub/query_service.hpp"
#include "scheduler/hub/registry.hpp"
#include "scheduler/hub/twin_store.hpp"
#include "scheduler/jobs/runner.hpp"
#include "world.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace power {

// Of a place in which nothing stands.
inline constexpr std::string_view absent = "-";
// How often a refused call is repeated in jobs that do so.
inline constexpr int retries = 2;

// The domain of a World's hub, between a start and a stop or a cut.
struct World::Hub {
    Hub(World& world, const std::string& path)
        : database(std::move(*hub::Database::open(path))),
          registry(*database, world.clock_),
          twins(*database, connections, world.clock_),
          jobs(*database),
          events(*database, world.clock_, {}),
          queries(twins, jobs),
          runner(jobs, world, world, world.clock_, options()) {
        database->rolled_back.connect(
            [] { ADD_FAILURE() << "a turn was taken back, though the disk took everything"; });
        hub::Statement pages =
            database->prepare("PRAGMA wal_autocheckpoint = " + std::to_string(world.checkpoint_pages_));
        pages.start();
        while (pages.step()) {
        }
    }

    static jobs::JobRunner::Options options() {
        jobs::JobRunner::Options options;
        options.in_flight = 4;
        options.per_tick = 3;
        return options;
    }

    std::unique_ptr<hub::Database> database;
    hub::Connections connections;
    hub::Registry registry;
    hub::TwinStore twins;
    hub::JobStore jobs;
    hub::EventLog events;
    hub::QueryService queries;
    jobs::JobRunner runner;
};

}  // namespace power
