-- Run once on a new cluster, by stack/postgres and by docker-compose.yml. One statement each, outside a transaction.
-- No passwords: both clusters are for development and trust local connections.

-- Owns the databases and runs the migrations.
create role halfway_owner login;
-- What the services run as: no DDL, no temporary tables, and only the rights the migrations grant.
create role halfway_app login;

create database halfway_order owner halfway_owner;
create database halfway_inventory owner halfway_owner;

revoke all on database halfway_order from public;
revoke all on database halfway_inventory from public;
grant connect on database halfway_order to halfway_app;
grant connect on database halfway_inventory to halfway_app;
