#pragma once

#include "base/json.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace query_test {

inline base::Json json(std::string_view text) {
    auto parsed = base::Json::parse(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message) << "\n" << text;
    return parsed ? std::move(*parsed) : base::Json();
}

// A twin as the service sees it (protocol sheet §2.5).
inline base::Json door_twin() {
    return json(R"({
        "deviceId": "door-1", "etag": "AAAAAAAAAAc=", "deviceEtag": "NTMwMjU0Mzcy", "status": "enabled",
        "statusReason": null, "statusUpdateTime": "0001-01-01T00:00:00Z", "connectionState": "Connected",
        "lastActivityTime": "2026-11-20T08:15:00.1234567Z", "cloudToDeviceMessageCount": 0,
        "authenticationType": "sas", "x509Thumbprint": {"primaryThumbprint": null, "secondaryThumbprint": null},
        "modelId": "", "version": 12,
        "tags": {"building": 43, "floor": 3, "zone": "north", "Zone": "capital", "locked": true, "note": null,
                 "location": {"region": "US", "plant": "Redmond43"}, "list": [1, 2], "my-key": "dashed",
                 "3d": true, "group": "doors", "gebäude": "Süd", "empty": {}, "half": 0.5},
        "properties": {
            "desired": {"building": 43, "interval": 300, "$metadata": {"$lastUpdated": "2026-11-20T08:00:00Z"},
                        "$version": 4},
            "reported": {"building": 43, "interval": 60, "lock": {"state": "locked"}, "$version": 7}},
        "capabilities": {"iotEdge": false}})");
}

}  // namespace query_test
