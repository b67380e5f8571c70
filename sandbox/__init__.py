"""A Java backend, a Clearfacts and a Slack to try Waybill against, over real HTTP."""
