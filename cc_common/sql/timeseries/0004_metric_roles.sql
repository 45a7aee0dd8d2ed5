-- The role of each metric: what it is to its machine. NULL: guessed by unit and words (cc_common/catalog/metric_roles.py).
ALTER TABLE metric ADD COLUMN role text;

-- A simulated plant that is installed already has the roles of its types; an imported one is guessed until its mapping says them.
UPDATE metric SET role = 'none' WHERE EXISTS (SELECT FROM plant WHERE origin = 'simulated');
UPDATE metric m SET role = r.role
FROM (VALUES
    ('chiller', 'power_consumption_kw', 'power'),
    ('chiller', 'cooling_load_tr', 'output'),
    ('chiller', 'chw_supply_temp_c', 'outlet_temperature'),
    ('chiller', 'chw_return_temp_c', 'inlet_temperature'),
    ('chiller', 'cw_supply_temp_c', 'ambient'),
    ('chiller', 'vibration_mm_s', 'vibration'),
    ('cooling_tower', 'fan_power_kw', 'power'),
    ('cooling_tower', 'basin_temp_c', 'outlet_temperature'),
    ('cooling_tower', 'inlet_temp_c', 'inlet_temperature'),
    ('cooling_tower', 'wet_bulb_temp_c', 'weather'),
    ('cooling_tower', 'fan_speed_pct', 'speed'),
    ('cooling_tower', 'makeup_water_m3h', 'load'),
    ('cooling_tower', 'vibration_mm_s', 'vibration'),
    ('pump', 'power_consumption_kw', 'power'),
    ('pump', 'flow_m3h', 'output'),
    ('pump', 'speed_pct', 'speed'),
    ('pump', 'vibration_mm_s', 'vibration'),
    ('pump', 'bearing_temp_c', 'bearing_temperature'),
    ('ahu', 'supply_air_temp_c', 'outlet_temperature'),
    ('ahu', 'mixed_air_temp_c', 'inlet_temperature'),
    ('ahu', 'fan_power_kw', 'power'),
    ('ahu', 'fan_speed_pct', 'speed'),
    ('ahu', 'airflow_m3h', 'output'),
    ('ahu', 'filter_dp_pa', 'filter_pressure_drop'),
    ('transformer', 'load_kva', 'power'),
    ('diesel_generator', 'power_output_kw', 'power'),
    ('diesel_generator', 'fuel_level_pct', 'fuel_level'),
    ('ups', 'output_power_kw', 'power'),
    ('ups', 'load_pct', 'load'),
    ('energy_meter', 'active_power_kw', 'power'),
    ('energy_meter', 'energy_kwh', 'energy'),
    ('air_compressor', 'power_consumption_kw', 'power'),
    ('air_compressor', 'air_flow_m3h', 'output'),
    ('air_compressor', 'load_pct', 'load'),
    ('air_compressor', 'discharge_temp_c', 'outlet_temperature'),
    ('air_compressor', 'vibration_mm_s', 'vibration'),
    ('boiler', 'steam_flow_kgh', 'output'),
    ('boiler', 'steam_temp_c', 'outlet_temperature'),
    ('boiler', 'feed_water_temp_c', 'inlet_temperature'),
    ('fire_pump', 'jockey_power_kw', 'power'),
    ('fire_pump', 'fuel_level_pct', 'fuel_level'),
    ('lift', 'trips_count', 'load'),
    ('lift', 'power_consumption_kw', 'power'),
    ('lift', 'machine_room_temp_c', 'ambient'),
    ('lift', 'vibration_mm_s', 'vibration')
) AS r (equipment_type, name, role)
WHERE r.equipment_type = m.equipment_type AND r.name = m.name
    AND EXISTS (SELECT FROM plant WHERE origin = 'simulated');
