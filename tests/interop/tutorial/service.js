'use strict';
// The service of Microsoft's "schedule and broadcast jobs" tutorial: a lockDoor job and a twin job for one device,
// each followed until it ends. Usage: node service.js SERVICE_CONNECTION_STRING DEVICE_ID SECONDS_FROM_NOW.
// HTTPS_PORT: the hub's port, where it is not 443, which the SDK has hard-coded; an agent's default port redirects it.
const https = require('https');
const { randomUUID } = require('crypto');
const { JobClient } = require('azure-iothub');

const [connectionString, deviceId, secondsFromNow] = process.argv.slice(2);
const maxExecutionTimeInSeconds = 300;
const jobClient = JobClient.fromConnectionString(connectionString);
if (process.env.HTTPS_PORT) {
  const agent = new https.Agent({ keepAlive: true });
  agent.defaultPort = Number(process.env.HTTPS_PORT);
  jobClient._restApiClient.setOptions({ http: { agent } });
}

function follow(jobId, done) {
  const poll = setInterval(() => {
    jobClient.getJob(jobId, (err, job) => {
      if (err) {
        clearInterval(poll);
        done(err);
      } else if (['completed', 'failed', 'cancelled'].includes(job.status)) {
        clearInterval(poll);
        done(null, job);
      }
    });
  }, 250);
}

const startTime = new Date(Date.now() + Number(secondsFromNow) * 1000);
const queryCondition = `deviceId IN ['${deviceId}']`;

const methodJobId = randomUUID();
const methodParams = { methodName: 'lockDoor', payload: '{"lockTime":"10m"}', responseTimeoutInSeconds: 15 };
jobClient.scheduleDeviceMethod(methodJobId, queryCondition, methodParams, startTime, maxExecutionTimeInSeconds, (err) => {
  if (err) {
    console.error(`could not schedule the method job: ${err.message}`);
    process.exit(1);
  }
  follow(methodJobId, (followErr, job) => {
    if (followErr) throw followErr;
    console.log(`method job ${JSON.stringify(job)}`);
  });
});

const twinJobId = randomUUID();
const twinPatch = { etag: '*', properties: { desired: { building: '43', floor: 3 } } };
jobClient.scheduleTwinUpdate(twinJobId, queryCondition, twinPatch, startTime, maxExecutionTimeInSeconds, (err) => {
  if (err) {
    console.error(`could not schedule the twin job: ${err.message}`);
    process.exit(1);
  }
  follow(twinJobId, (followErr, job) => {
    if (followErr) throw followErr;
    console.log(`twin job ${JSON.stringify(job)}`);
  });
});
