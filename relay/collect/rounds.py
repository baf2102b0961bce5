"""The planner's facts, from the tables and the networks: paces out of the ledger, quotas out of the sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, cast

from sqlalchemy import func
from sqlmodel import Session, col, select

from relay.collect import campaigns, planner
from relay.context import Relay
from relay.models import Campaign, CampaignState, Source, SourceState, Sweep
from relay.planner_types import *  # placeholder
